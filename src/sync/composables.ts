import { tryOnScopeDispose, useEventListener } from '@vueuse/core'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { liveQuery, type Query } from 'segue/bridge'
import { type RowId, replaceText, type Space, type SpaceId } from 'segue/crdt'
import { type Caret, type Person, SpaceAwareness, type SyncStatus } from 'segue/supabase'
import {
  type App,
  type InjectionKey,
  inject,
  type MaybeRefOrGetter,
  provide,
  type Ref,
  readonly,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import { FramePace } from './frame-pace.ts'
import type { Segue, SpaceInfo } from './segue.ts'
import type { SharedText } from './text/index.ts'

const SEGUE: InjectionKey<Segue> = Symbol('segue')

/** Makes an opened Segue known to the components below, or to a whole app. */
export function provideSegue(segue: Segue, app?: App): void {
  if (app) app.provide(SEGUE, segue)
  else provide(SEGUE, segue)
}

/** The Segue provided above. */
export function useSegue(): Segue {
  const segue = inject(SEGUE)
  if (!segue)
    throw new Error(
      'No Segue here. Call provideSegue(segue) in a component above, or provideSegue(segue, app).',
    )
  return segue
}

const pace = new FramePace()

/**
 * Rows of a query, current for as long as the component lives: the query runs again when a table it reads has
 * changed, at most once in a frame, and when something reactive in the getter has. Rows that read as before stay the
 * same objects, and nothing is rendered when all do.
 *
 * @example
 * const tunes = useLiveQuery(() => segue.db.select().from(tune).where(eq(tune.mode, mode.value)))
 */
export function useLiveQuery<Rows>(query: () => Query<Rows>): Readonly<ShallowRef<Rows>> {
  const { mirror } = useSegue()
  let stop = () => {}
  const start = (current: Query<Rows>, onRows: (rows: Rows) => void) => {
    stop()
    stop = liveQuery(mirror, current, onRows, { schedule: pace.schedule, previous: rows?.value })
  }
  let rows: ShallowRef<Rows> | undefined
  let first: { rows: Rows } | undefined
  watch(
    // Vue adds a handler of errors to whatever can be awaited, and that would run the query once more.
    () => [query()] as const,
    ([current]) =>
      start(current, (next) => {
        if (rows) rows.value = next
        else first = { rows: next }
      }),
    { immediate: true, flush: 'sync' },
  )
  if (!first) throw new TypeError('A live query answers at once.')
  rows = shallowRef(first.rows) as ShallowRef<Rows>
  tryOnScopeDispose(() => stop())
  return shallowReadonly(rows)
}

function observed<T>(read: (segue: Segue) => T): Readonly<ShallowRef<T>> {
  const segue = useSegue()
  const value = shallowRef(read(segue)) as ShallowRef<T>
  tryOnScopeDispose(
    segue.observe(() => {
      value.value = read(segue)
    }),
  )
  return shallowReadonly(value)
}

/** The person's spaces. */
export const useSpaces = (): Readonly<ShallowRef<readonly SpaceInfo[]>> => observed((segue) => segue.spaces)

/**
 * Reads the document of a space ahead in which the person may edit here, and keeps it open for as long as the component
 * lives: so an edit does not have to wait.
 */
export function useReadAhead(spaceId: MaybeRefOrGetter<SpaceId | undefined>): void {
  const segue = useSegue()
  let release = () => {}
  watch(
    () => toValue(spaceId),
    (id) => {
      release()
      release = id ? segue.readAhead(id) : () => {}
    },
    { immediate: true },
  )
  tryOnScopeDispose(() => release())
}

/** Whether the document of a space is in memory: then it can be asked for what the mirror does not say. */
export function useLoaded(space: () => Space): Readonly<ShallowRef<boolean>> {
  const isLoaded = shallowRef(false)
  let stop = () => {}
  watch(
    space,
    (current) => {
      stop()
      isLoaded.value = false
      stop = current.observeLoaded((now) => {
        isLoaded.value = now
      })
    },
    { immediate: true, flush: 'sync' },
  )
  tryOnScopeDispose(() => stop())
  return shallowReadonly(isLoaded)
}

/** Where syncing stands. */
export const useSyncStatus = (): Readonly<ShallowRef<SyncStatus>> => observed((segue) => segue.status)

/** Undo and redo of what the person has done in this tab, over all spaces. */
export function useUndoRedo() {
  const { undo } = useSegue()
  return {
    canUndo: observed((segue) => segue.undo.canUndo),
    canRedo: observed((segue) => segue.undo.canRedo),
    undo: () => undo.undo(),
    redo: () => undo.redo(),
  }
}

/** Whether this tab is the one that talks to the server; without a server no tab does. */
export const useLeads = (): Readonly<ShallowRef<boolean>> => observed((segue) => segue.sync?.leads ?? false)

/** Who has a space open now. Nobody while there is no server, or no space. */
export function useAwareness(
  spaceId: MaybeRefOrGetter<SpaceId | undefined>,
  name: MaybeRefOrGetter<string>,
): {
  people: Readonly<Ref<readonly Person[]>>
  setFocus: (focus: string | null) => void
  /** Says where in a text one is. Somebody elsewhere in the space sees it within a moment. */
  setCaret: (caret: Caret | null) => void
} {
  const segue = useSegue()
  const people = shallowRef<readonly Person[]>([])
  let awareness: SpaceAwareness | undefined
  const leave = () => {
    void awareness?.destroy()
    awareness = undefined
    people.value = []
  }
  const enter = ({ id, name: ownName }: { id: SpaceId | undefined; name: string }) => {
    leave()
    if (!id || !segue.remote || !segue.spaces.some((space) => space.id === id)) return
    awareness = new SpaceAwareness({
      supabase: segue.remote.supabase,
      spaceId: id,
      user: { userId: segue.profile, name: ownName, color: colorOf(segue.profile) },
      onChange: (present) => {
        people.value = present
      },
    })
  }
  const presence = () => ({ id: toValue(spaceId), name: toValue(name) })
  watch(presence, enter, { immediate: true })
  tryOnScopeDispose(leave)
  // Whoever closes the page is gone at once, not when the others have waited long enough.
  useEventListener('pagehide', leave)
  useEventListener('pageshow', ({ persisted }) => {
    if (persisted) enter(presence())
  })
  return {
    people: shallowReadonly(people),
    setFocus: (focus) => awareness?.setFocus(focus),
    setCaret: (caret) => awareness?.setCaret(caret),
  }
}

/** A colour of middling lightness for a person, the same on every device. */
function colorOf(userId: string): string {
  const palette = ['#c2410c', '#0f766e', '#7c3aed', '#be185d', '#1d4ed8', '#4d7c0f', '#a16207', '#0e7490']
  let sum = 0
  for (const char of userId) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003
  return palette[sum % palette.length] ?? '#1d4ed8'
}

interface TextPlace {
  readonly space: Space
  readonly table: SQLiteTable
  readonly rowId: RowId
  readonly property: string
}

/** The shared text of a `richText` cell, for an editor to bind to. Nothing while there is no such row. */
export function useSharedText(
  place: () => TextPlace | undefined,
): Readonly<ShallowRef<SharedText | undefined>> {
  const text = shallowRef<SharedText>()
  let stop = () => {}
  watch(
    place,
    (current) => {
      stop()
      if (!current) {
        text.value = undefined
        return
      }
      const { space, table, rowId, property } = current
      const shape = space.schema.shape(table)
      // The text of a cell may be another one later: when a row was made on two devices, and when it comes back.
      const find = () => {
        text.value = space.get(table, rowId) && space.text(table, rowId, property)
      }
      // The text is part of the document: of another one, if that were closed meanwhile.
      const release = space.hold()
      stop = release
      find()
      const stopObserving = space.observe(({ rows }) => {
        if (rows.get(shape)?.has(rowId)) find()
      })
      stop = () => {
        stopObserving()
        release()
      }
    },
    { immediate: true, flush: 'sync' },
  )
  tryOnScopeDispose(() => stop())
  return text
}

/**
 * A `richText` cell as plain text for a textarea; `set` merges character by character with what others type.
 *
 * Empty while the place is undefined.
 */
export function useSpaceText(place: () => TextPlace | undefined): {
  value: Readonly<Ref<string>>
  set: (text: string) => void
} {
  const text = useSharedText(place)
  const value = shallowRef('')
  let stop = () => {}
  watch(
    text,
    (current) => {
      stop()
      const read = () => {
        value.value = current?.toString() ?? ''
      }
      read()
      current?.observe(read)
      stop = () => current?.unobserve(read)
    },
    { immediate: true, flush: 'sync' },
  )
  tryOnScopeDispose(() => stop())
  const set = (next: string) => {
    const current = text.value
    if (current) place()?.space.transact(() => replaceText(current, next))
  }
  return { value: readonly(value), set }
}
