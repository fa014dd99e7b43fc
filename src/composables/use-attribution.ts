import type { Modification, Space } from 'segue/crdt'
import { tune } from 'segue/tables'
import { computed } from 'vue'
import type { TuneRow } from '../actions/index.ts'
import { inSentence } from './device-words.ts'
import { useMemberNames } from './use-member-names.ts'
import { whenWords } from './when-words.ts'

/** Who changed a tune last, as a whole and fact by fact: “Last changed by Aoife, yesterday 18:30”. */
export function useAttribution(place: () => { space: Space; row: TuneRow; shared: boolean }) {
  const { nameOf } = useMemberNames(() => (place().shared ? place().space.id : undefined))
  const words = ({ at, by, device }: Modification): string =>
    at === null || by === null ? '' : `Last changed by ${inSentence(nameOf(by, device))}, ${whenWords(at)}`
  // A row that has changed is another object.
  const line = computed(() => {
    const { space, row } = place()
    return words(space.modification(space.schema.shape(tune), row.id))
  })
  const facts = computed(() => place().space.attribution(tune, place().row.id))
  const ofFact = (property: string): string | undefined => {
    const fact = facts.value.get(property)
    return (fact && words(fact)) || undefined
  }
  return { line, ofFact }
}
