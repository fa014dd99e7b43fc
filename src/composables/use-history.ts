import { isSpaceId, type SpaceId } from 'segue/crdt'
import { tune } from 'segue/tables'
import { type Moment, useSegue } from 'segue/vue'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { describeError, type Problem } from './describe-error.ts'
import { changeWords } from './history-words.ts'
import { useMemberNames } from './use-member-names.ts'
import { whenWords } from './when-words.ts'

/** A moment in the words of people. */
export interface ListedMoment {
  readonly moment: Moment
  readonly key: string
  /** “Brendan”; empty where nobody knows any more. */
  readonly who: string
  /** “added The Kesh”. */
  readonly what: string
  readonly at: string
}

const PAGE = 20

/** The moments of a space, a page at a time, newest first. */
export function useHistory(spaceId: SpaceId) {
  const segue = useSegue()
  const { nameOf } = useMemberNames(spaceId)
  const moments = shallowRef<readonly Moment[]>([])
  const isComplete = ref(false)
  const loading = useLoading()

  const more = () =>
    loading.run(async (options) => {
      const page = await segue
        .history(spaceId)
        .moments({ ...options, before: moments.value.at(-1), limit: PAGE })
      moments.value = [...moments.value, ...page]
      isComplete.value = page.length < PAGE
    })

  /** Reads what has been added since; what is listed stays. */
  const refresh = () =>
    loading.run(async (options) => {
      const page = await segue.history(spaceId).moments({ ...options, limit: PAGE })
      const last = page.at(-1)
      const from = last?.from ?? (last ? last.seq - 1 : Number.POSITIVE_INFINITY)
      moments.value = [...page, ...moments.value.filter(({ seq }) => seq <= from)]
    })

  const titleOf = (id: string) => segue.space(spaceId)?.get(tune, id)?.title
  const listed = (moment: Moment): ListedMoment => ({
    moment,
    key: `${moment.epoch}-${moment.seq}`,
    who: moment.from === null ? '' : nameOf(moment.author),
    what: moment.from === null ? 'Kept from that time' : changeWords(moment.changes, titleOf),
    at: new Date(moment.until).toISOString(),
  })
  void more()
  return { ...loading, moments, isComplete, more, refresh, listed }
}

/** Days with their moments, for a list with headings. */
export function byDay(moments: readonly ListedMoment[]): { day: string; moments: ListedMoment[] }[] {
  const dayOf = ({ at }: ListedMoment) => {
    const words = whenWords(at).split(' ')
    const day = words[0] === 'today' || words[0] === 'yesterday' ? (words[0] ?? '') : undefined
    return day
      ? day.charAt(0).toUpperCase() + day.slice(1)
      : new Date(at).toLocaleDateString([], { dateStyle: 'long' })
  }
  return [...Map.groupBy(moments, dayOf)].map(([day, own]) => ({ day, moments: own }))
}

/** Something read from the server, one at a time; a new reading ends the one before it. */
export function useLoading() {
  const busy = ref(false)
  const share = ref(0)
  const problem = ref<Problem>()
  let controller = new AbortController()

  async function run(
    work: (options: { signal: AbortSignal; onProgress: (share: number) => void }) => Promise<void>,
  ): Promise<void> {
    controller.abort()
    const own = new AbortController()
    controller = own
    busy.value = true
    share.value = 0
    problem.value = undefined
    try {
      await work({
        signal: own.signal,
        onProgress: (next) => {
          if (!own.signal.aborted) share.value = next
        },
      })
    } catch (error) {
      if (!own.signal.aborted) problem.value = describeError(error)
    } finally {
      if (controller === own) busy.value = false
    }
  }

  onScopeDispose(() => controller.abort())
  return { busy, share, problem, run }
}

/** The space that a route is about: a playlist's, or the library. */
export const routedSpace = (param: unknown, library: SpaceId): SpaceId =>
  typeof param === 'string' && isSpaceId(param) ? param : library
