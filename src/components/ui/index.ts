/**
 * The app's few basic widgets: Reka's accessible behaviour in this app's clothes.
 * Props and models flow in, events flow out.
 * They know no tune, no space and no route.
 */
export { default as UiAvatar } from './UiAvatar.vue'
export { default as UiButton } from './UiButton.vue'
export { default as UiConfirm } from './UiConfirm.vue'
export { default as UiDialog } from './UiDialog.vue'
export { default as UiEmpty } from './UiEmpty.vue'
export { default as UiField } from './UiField.vue'
export { default as UiIconButton } from './UiIconButton.vue'
export { default as UiMark } from './UiMark.vue'
export { default as UiMenu, type MenuItem } from './UiMenu.vue'
export { default as UiNotice } from './UiNotice.vue'
export { default as UiProgress } from './UiProgress.vue'
export { default as UiSelect, type SelectOption } from './UiSelect.vue'
export { default as UiToasts } from './UiToasts.vue'
