import type { SpaceId } from 'segue/crdt'
import { type SpaceInfo, useLiveQuery, useSegue, useSpaces } from 'segue/vue'
import { computed } from 'vue'
import { settleConflict, standingValue } from '../actions/index.ts'
import { type ConflictRow, conflicts, contestedCells, type RowPlace } from '../queries/index.ts'
import { fieldName, valueWords } from './conflict-words.ts'
import { mayEdit } from './may-edit.ts'
import { useAnnouncer } from './use-announcer.ts'
import { useMemberNames } from './use-member-names.ts'
import { usePlaylists } from './use-playlists.ts'
import { whenWords } from './when-words.ts'

/** One of two values: what it says, and “Aoife, yesterday 18:30”. */
interface Side {
  readonly value: string
  readonly from: string
  /** The cell says so now. */
  readonly stands: boolean
}

/** Two values that were written at the same time, in the words of people. */
export interface ListedConflict {
  readonly key: string
  /** The property of its row, as code names it. */
  readonly property: string
  readonly field: string
  /** The tune, link or list it is about. */
  readonly title: string
  /** The list it happened on; empty in one's own library. */
  readonly list: string
  readonly to: string
  readonly kept: Side
  readonly lost: Side
  /** “Settled by Aoife, today 18:31”; empty while it is open. */
  readonly settled: string
  /** Settles it; absent for whoever may only look, and in the trash. */
  readonly choose?: (choice: 'kept' | 'lost') => void
}

/** Conflicts of all spaces, or of one row. */
export function useConflicts(row?: () => RowPlace) {
  const segue = useSegue()
  const spaces = useSpaces()
  const { byId } = usePlaylists()
  const { announce } = useAnnouncer()
  const rows = useLiveQuery(() => conflicts(segue.db, row?.()))
  const infos = computed(() => new Map<string, SpaceInfo>(spaces.value.map((info) => [info.id, info])))
  const shared = computed<SpaceId[]>(() => {
    const found = new Set(rows.value.map(({ spaceId }) => spaceId))
    return spaces.value.flatMap(({ id, kind }) => (kind === 'playlist' && found.has(id) ? [id] : []))
  })
  const { nameOf } = useMemberNames(shared)

  const sideOf = (found: ConflictRow, side: 'kept' | 'lost', current: string | undefined): Side => ({
    value: valueWords(`${found.tableName}.${found.columnName}`, found[`${side}Value`], found[`${side}Place`]),
    from: `${nameOf(found[`${side}By`])}, ${whenWords(found[`${side}At`])}`,
    stands: found[`${side}Value`] === current,
  })

  function listed(found: ConflictRow): ListedConflict {
    const { spaceId, tableName, rowId, id, columnName, settledAt, settledBy } = found
    const info = infos.value.get(spaceId)
    const space = info && segue.space(info.id)
    const field = fieldName(tableName, columnName)
    const current = space && standingValue(space, found)
    const [kept, lost] = [sideOf(found, 'kept', current), sideOf(found, 'lost', current)]
    const choose = (choice: 'kept' | 'lost') => {
      // A new epoch may have brought another document since.
      const home = info && segue.space(info.id)
      if (!home) return
      settleConflict(home, found, choice)
      announce(`${field}: ${(choice === 'kept' ? kept : lost).value}.`)
    }
    const { columns = [] } = segue.mirror.schema.shapeNamed(tableName) ?? {}
    return {
      key: [spaceId, tableName, rowId, id].join('/'),
      ...{ field, kept, lost },
      property: columns.find(({ name }) => name === columnName)?.property ?? columnName,
      title: found.title ?? 'Without a name',
      list: tableName === 'playlist' ? '' : ((info && byId.value.get(info.id)?.name) ?? ''),
      to: placeOf(found, info),
      settled: settledAt ? `Settled by ${inSentence(nameOf(settledBy))}, ${whenWords(settledAt)}` : '',
      ...(info && mayEdit(info) && found.removedAt === null && { choose }),
    }
  }

  const all = computed(() => rows.value.map(listed))
  return {
    open: computed(() => all.value.filter(({ settled }) => settled === '')),
    settled: computed(() => all.value.filter(({ settled }) => settled !== '')),
  }
}

/** How many cells wait for a choice of this person. */
export function useContestedCount() {
  const segue = useSegue()
  const spaces = useSpaces()
  const cells = useLiveQuery(() => contestedCells(segue.db))
  return computed(() => {
    const mine = new Set<string>(spaces.value.filter(mayEdit).map(({ id }) => id))
    return cells.value.filter(({ spaceId }) => mine.has(spaceId)).length
  })
}

/** A name within a sentence. */
export const inSentence = (name: string): string => (name === 'You' ? 'you' : name)

function placeOf(
  { tableName, tuneId, spaceId, removedAt }: ConflictRow,
  info: SpaceInfo | undefined,
): string {
  if (removedAt !== null) return '/trash'
  const shared = info?.kind === 'playlist'
  if (shared && (tableName.startsWith('playlist') || tuneId === null)) return `/playlists/${spaceId}`
  return tuneId === null ? '/library' : `/tunes/${tuneId}${shared ? `?space=${spaceId}` : ''}`
}
