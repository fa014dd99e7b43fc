import type { SpaceId } from 'segue/crdt'
import { tune } from 'segue/tables'
import { type RowMoment, useLiveQuery, useSegue } from 'segue/vue'
import { computed, ref, shallowRef } from 'vue'
import { tuneById } from '../queries/index.ts'
import { useToastStore } from '../stores/toasts.ts'
import { fieldName, valueWords } from './conflict-words.ts'
import { describeError } from './describe-error.ts'
import { useLoading } from './use-history.ts'
import { useMemberNames } from './use-member-names.ts'
import { useUndoOfLatest } from './use-undo.ts'

/** A change of one fact; without a field, of the tune as a whole. */
interface TuneEntry {
  readonly key: string
  readonly field: string
  readonly property: string
  readonly before: string
  readonly after: string
  readonly who: string
  readonly at: string
  /** The tune says so now. */
  readonly isHeld: boolean
  readonly moment: RowMoment['moment']
}

/** What has become of a tune's facts, newest first, once somebody asks. */
export function useTuneHistory(spaceId: SpaceId, tuneId: string) {
  const segue = useSegue()
  const toasts = useToastStore()
  const offerUndo = useUndoOfLatest()
  const { nameOf } = useMemberNames(spaceId)
  const loading = useLoading()
  const isOpen = ref(false)
  const restoring = ref('')
  const found = shallowRef<readonly RowMoment[]>([])
  const now = useLiveQuery(() => tuneById(segue.db, spaceId, tuneId))
  const columns = segue.mirror.schema.shape(tune).byProperty

  const open = () => {
    isOpen.value = true
    return loading.run(async (options) => {
      found.value = await segue.history(spaceId).ofRow(tune, tuneId, options)
    })
  }

  function entriesOf({ moment, change }: RowMoment): TuneEntry[] {
    const shared = {
      moment,
      who: nameOf(moment.author),
      at: new Date(moment.until).toISOString(),
      isHeld: false,
    }
    const whole = { ...shared, field: '', property: '', before: '' }
    const key = `${moment.epoch}-${moment.seq}`
    if (change.kind !== 'changed')
      return [{ ...whole, key, after: change.kind === 'added' ? 'Written down' : 'Put in the trash' }]
    return change.cells.map(({ property, before, after }) => {
      const column = columns.get(property)?.name ?? property
      const words = (value: unknown) => valueWords(`tune.${column}`, JSON.stringify(value))
      const current: unknown = Reflect.get(now.value[0] ?? {}, property)
      return {
        ...shared,
        ...{ key: `${key}-${property}`, field: fieldName('tune', column), property },
        ...{ before: words(before), after: words(after), isHeld: current === before },
      }
    })
  }
  const entries = computed(() => found.value.flatMap(entriesOf))

  /** Gives a fact the value that a change took from it. */
  async function restore({ key, field, property, before, moment }: TuneEntry): Promise<void> {
    if (restoring.value) return
    restoring.value = key
    try {
      const history = segue.history(spaceId)
      const then = await history.at({ epoch: moment.epoch, seq: moment.from ?? moment.seq })
      try {
        history.restoreRow(tune, tuneId, then, [property])
      } finally {
        then.destroy()
      }
      offerUndo(`${field}: ${before}.`)
    } catch (error) {
      const { message, action } = describeError(error)
      toasts.show({ message, advice: action, tone: 'danger' })
    } finally {
      restoring.value = ''
    }
  }

  return { ...loading, isOpen, entries, open, restore, restoring }
}
