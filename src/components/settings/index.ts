/**
 * The sections of the settings: who I am, how it looks, how syncing stands, what this device keeps.
 * The session, the status and the mirror flow in; a name, a theme and a run of syncing flow out.
 * Nothing here deletes a tune.
 */
export { default as AboutSection } from './AboutSection.vue'
export { default as DeviceSection } from './DeviceSection.vue'
export { default as ProfileSection } from './ProfileSection.vue'
export { default as SyncSection } from './SyncSection.vue'
export { default as ThemeSection } from './ThemeSection.vue'
