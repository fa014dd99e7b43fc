import { provideSegue, type Segue } from 'segue/vue'
import { createApp } from 'vue'
import ItemList from './ItemList.vue'

/** Shows rows that each have a live query of their own, and one that finds them. Returns the way to take them away. */
export function mountList(segue: Segue, host: HTMLElement, queries: number): () => void {
  const app = createApp(ItemList, { limit: queries - 1 })
  provideSegue(segue, app)
  app.mount(host)
  return () => app.unmount()
}
