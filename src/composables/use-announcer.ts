import { readonly, ref } from 'vue'

const said = ref('')

/** Speaks to screen readers through the one live region of the shell. */
export function useAnnouncer() {
  function announce(text: string): void {
    // The same words twice are spoken twice only if something in between differs.
    said.value = said.value === text ? `${text}\u00a0` : text
  }
  return { said: readonly(said), announce }
}
