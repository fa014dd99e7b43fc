import { useColorMode } from '@vueuse/core'

/** Light, dark or as the system has it; saved on this device. `public/theme.js` reads the same key before paint. */
export function useTheme() {
  return useColorMode({
    attribute: 'data-theme',
    storageKey: 'segue-theme',
    emitAuto: true,
    disableTransition: true,
    // When the attribute is written the browser goes through every style of the page: at a start it is there already.
    onChanged: (mode, apply) => {
      if (mode !== document.documentElement.dataset.theme) apply(mode)
    },
  })
}
