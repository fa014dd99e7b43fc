import type { Modification, Space } from 'segue/crdt'
import { tune } from 'segue/tables'
import { useLoaded } from 'segue/vue'
import { computed } from 'vue'
import type { TuneRow } from '../actions/index.ts'
import { inSentence } from './device-words.ts'
import { useMemberNames } from './use-member-names.ts'
import { whenWords } from './when-words.ts'

/**
 * Who changed a tune last, as a whole and fact by fact: “Last changed by Aoife, yesterday 18:30”. The document says so:
 * nothing is told before it is read, and nobody waits for it.
 */
export function useAttribution(place: () => { space: Space; row: TuneRow; shared: boolean }) {
  const { nameOf } = useMemberNames(() => (place().shared ? place().space.id : undefined))
  const words = ({ at, by, device }: Modification): string =>
    at === null || by === null ? '' : `Last changed by ${inSentence(nameOf(by, device))}, ${whenWords(at)}`
  const isLoaded = useLoaded(() => place().space)
  // A row that has changed is another object.
  const line = computed(() => {
    const { space, row } = place()
    return isLoaded.value ? words(space.modification(space.schema.shape(tune), row.id)) : ''
  })
  const facts = computed(() => {
    const { space, row } = place()
    return isLoaded.value ? space.attribution(tune, row.id) : new Map<string, Modification>()
  })
  const ofFact = (property: string): string | undefined => {
    const fact = facts.value.get(property)
    return (fact && words(fact)) || undefined
  }
  return { line, ofFact }
}
