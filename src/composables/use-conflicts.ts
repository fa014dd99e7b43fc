import type { Space, SpaceId } from 'segue/crdt'
import { type SpaceInfo, useLiveQuery, useSegue, useSpaces } from 'segue/vue'
import { computed } from 'vue'
import { lastChange, settleConflict } from '../actions/index.ts'
import { type ConflictRow, conflicts, contestedCells, type RowPlace } from '../queries/index.ts'
import { useToastStore } from '../stores/toasts.ts'
import { fieldName, valueWords } from './conflict-words.ts'
import { describeError } from './describe-error.ts'
import { inSentence } from './device-words.ts'
import { mayEdit } from './may-edit.ts'
import { useAnnouncer } from './use-announcer.ts'
import { useMemberNames } from './use-member-names.ts'
import { usePlaylists } from './use-playlists.ts'
import { useUndoOfLatest } from './use-undo.ts'
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
  /** What the cell says now and who wrote it, once it has been settled and is neither of both; else empty. */
  readonly now: string
  /** Settles it, also the other way; absent for whoever may only look, and in the trash. */
  readonly choose?: (choice: 'kept' | 'lost') => void
}

/** Conflicts of all spaces, or of one row. */
export function useConflicts(row?: () => RowPlace) {
  const segue = useSegue()
  const spaces = useSpaces()
  const { byId } = usePlaylists()
  const { announce } = useAnnouncer()
  const toasts = useToastStore()
  const offerUndo = useUndoOfLatest()
  const rows = useLiveQuery(() => conflicts(segue.db, row?.()))
  const infos = computed(() => new Map<string, SpaceInfo>(spaces.value.map((info) => [info.id, info])))
  const shared = computed<SpaceId[]>(() => {
    const found = new Set(rows.value.map(({ spaceId }) => spaceId))
    return spaces.value.flatMap(({ id, kind }) => (kind === 'playlist' && found.has(id) ? [id] : []))
  })
  const { nameOf, namesApart } = useMemberNames(shared)

  const sideOf = (found: ConflictRow, side: 'kept' | 'lost', name: string): Side => ({
    value: valueWords(`${found.tableName}.${found.columnName}`, found[`${side}Value`], found[`${side}Place`]),
    from: `${name}, ${whenWords(found[`${side}At`])}`,
    stands: found[`${side}Value`] === found.currentValue,
  })

  function sidesOf(found: ConflictRow): [kept: Side, lost: Side] {
    const [keptBy, lostBy] = namesApart(
      { userId: found.keptBy, device: found.keptDevice },
      { userId: found.lostBy, device: found.lostDevice },
    )
    return [sideOf(found, 'kept', keptBy), sideOf(found, 'lost', lostBy)]
  }

  function nowOf(found: ConflictRow, space: Space | undefined): string {
    const { tableName, columnName, currentValue, currentPlace } = found
    if (currentValue === null) return ''
    const { at, by, device } = (space && lastChange(space, found)) ?? {}
    const who = at && by ? ` (${nameOf(by, device)}, ${whenWords(at)})` : ''
    return `Changed since. Now: ${valueWords(`${tableName}.${columnName}`, currentValue, currentPlace)}${who}.`
  }

  function listed(found: ConflictRow): ListedConflict {
    const { spaceId, tableName, rowId, id, columnName, settledAt, settledBy, settledDevice } = found
    const info = infos.value.get(spaceId)
    const field = fieldName(tableName, columnName)
    const [kept, lost] = sidesOf(found)
    const choose = (choice: 'kept' | 'lost') => {
      // A new epoch may have brought another document since.
      const home = info && segue.space(info.id)
      if (home) settle(home, found, choice, `${field}: ${(choice === 'kept' ? kept : lost).value}.`)
    }
    const isChanged = settledAt !== null && !kept.stands && !lost.stands
    const isShown = found.removedAt === null && (settledAt === null || found.currentValue !== null)
    const { columns = [] } = segue.mirror.schema.shapeNamed(tableName) ?? {}
    return {
      key: [spaceId, tableName, rowId, id].join('/'),
      ...{ field, kept, lost },
      property: columns.find(({ name }) => name === columnName)?.property ?? columnName,
      title: found.title ?? 'Without a name',
      list: tableName === 'playlist' ? '' : ((info && byId.value.get(info.id)?.name) ?? ''),
      to: placeOf(found, info),
      settled: settledAt
        ? `Settled by ${inSentence(nameOf(settledBy, settledDevice))}, ${whenWords(settledAt)}`
        : '',
      now: isChanged ? nowOf(found, info && segue.space(info.id)) : '',
      ...(info && mayEdit(info) && isShown && { choose }),
    }
  }

  function settle(space: Space, found: ConflictRow, choice: 'kept' | 'lost', words: string): void {
    const before = segue.undo.latest
    try {
      settleConflict(space, found, choice)
    } catch (error) {
      const { message, action } = describeError(error)
      toasts.show({ message, advice: action, tone: 'danger' })
      return
    }
    // Whoever keeps what stands has changed nothing that could be taken back.
    if (segue.undo.latest === before) announce(words)
    else offerUndo(words)
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

function placeOf(
  { tableName, tuneId, spaceId, removedAt }: ConflictRow,
  info: SpaceInfo | undefined,
): string {
  if (removedAt !== null) return '/trash'
  const shared = info?.kind === 'playlist'
  if (shared && (tableName.startsWith('playlist') || tuneId === null)) return `/playlists/${spaceId}`
  return tuneId === null ? '/library' : `/tunes/${tuneId}${shared ? `?space=${spaceId}` : ''}`
}
