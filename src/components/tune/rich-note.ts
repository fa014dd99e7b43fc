import { shallowRef } from 'vue'
import type RichNote from './RichNote.vue'

/** The editor of notes, once it has been loaded; it is heavier than all else on the page together. */
export const richNote = shallowRef<typeof RichNote>()

/** Loads the editor. Where that fails, away from the network, notes stay the plain text they also are. */
export async function loadRichNote(): Promise<void> {
  try {
    richNote.value ??= (await import('./RichNote.vue')).default
  } catch {
    // The next note that is opened tries again.
  }
}
