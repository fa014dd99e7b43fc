import { useColorMode } from '@vueuse/core'

/** What the page looks like: unless it was told, it does as the system does. */
const shown = () =>
  document.documentElement.dataset.theme ??
  (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

/** Light, dark or as the system has it; saved on this device. `public/theme.js` reads the same key before paint. */
export function useTheme() {
  return useColorMode({
    attribute: 'data-theme',
    storageKey: 'segue-theme',
    emitAuto: true,
    disableTransition: true,
    // Every style of the page is looked at again when the attribute is written.
    onChanged: (mode, apply) => {
      if (mode !== shown()) apply(mode)
    },
  })
}
