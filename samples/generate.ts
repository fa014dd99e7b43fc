/**
 * Demonstration tunes: real titles with type and key (facts), and melodies made up here by a seeded generator.
 * The same count and seed give the same tunes, everywhere and always. No melody of anybody's collection is in it.
 */
import { TITLE_GROUPS } from './titles.ts'

export interface SampleTune {
  readonly title: string
  readonly type: string
  readonly mode: string
  readonly structure: string
  readonly genre: string
  /** The first two bars, in ABC. */
  readonly incipit: string
  /** The whole tune in ABC, without its X: field. */
  readonly abc: string
}

/** Metre and eighth notes in a bar, by type. */
export const METRES: Readonly<Record<string, { readonly metre: string; readonly eighths: number; readonly group: number }>> = {
  reel: { metre: '4/4', eighths: 8, group: 4 },
  jig: { metre: '6/8', eighths: 6, group: 3 },
  'slip jig': { metre: '9/8', eighths: 9, group: 3 },
  hornpipe: { metre: '4/4', eighths: 8, group: 4 },
  polka: { metre: '2/4', eighths: 4, group: 2 },
  slide: { metre: '12/8', eighths: 12, group: 3 },
  waltz: { metre: '3/4', eighths: 6, group: 2 },
  mazurka: { metre: '3/4', eighths: 6, group: 2 },
  strathspey: { metre: '4/4', eighths: 8, group: 4 },
  march: { metre: '4/4', eighths: 8, group: 4 },
  air: { metre: '4/4', eighths: 8, group: 4 },
  barndance: { metre: '4/4', eighths: 8, group: 4 },
}

const LETTERS = ['C', 'D', 'E', 'F', 'G', 'A', 'B'] as const
const MODES: Readonly<Record<string, string>> = { major: '', minor: 'm', dorian: 'dor', mixolydian: 'mix' }
const BARS_A_PART = 8
const LOWEST = -2
const HIGHEST = 9

const ADJECTIVES = ['Lonesome', 'Merry', 'Crooked', 'Drowsy', 'Silver', 'Windy', 'Broken', 'Wandering', 'Early', 'Last']
const NOUNS = ['Ferryman', 'Lantern', 'Gatepost', 'Kettle', 'Harbour', 'Thatcher', 'Heron', 'Bellows', 'Threshold', 'Orchard']
const PLACES = ['Ardmore', 'Kilbeg', 'the Long Field', 'Ballyrush', 'the Far Shore', 'Glenmor', 'Two Bridges', 'Carrowbeg']

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `count` tunes: the well-known titles first, then invented ones. */
export function generateTunes(count: number, seed: number): SampleTune[] {
  const known = TITLE_GROUPS.flatMap(({ type, genre, key, titles }) =>
    titles.map((entry) => {
      const [title, mode] = typeof entry === 'string' ? [entry, key] : entry
      return { title, type, genre, mode }
    }),
  )
  return Array.from({ length: count }, (_, index) => {
    const random = seeded(seed * 1_000_003 + index)
    const facts = known[index] ?? inventedTune(index, random)
    const melody = compose(facts.type, facts.mode, random)
    return { ...facts, structure: 'AABB', incipit: melody.incipit, abc: abcOf(facts, melody.body) }
  })
}

function inventedTune(index: number, random: () => number) {
  const pick = <T>(list: readonly T[], fallback: T): T => list[Math.floor(random() * list.length)] ?? fallback
  const type = pick(Object.keys(METRES), 'reel')
  const mode = `${pick(['D', 'G', 'A', 'E'], 'D')} ${pick(Object.keys(MODES), 'major')}`
  const title = `The ${pick(ADJECTIVES, 'Merry')} ${pick(NOUNS, 'Heron')} of ${pick(PLACES, 'Kilbeg')} no. ${index + 1}`
  return { title, type, mode, genre: 'ITRAD' }
}

function compose(type: string, mode: string, random: () => number): { incipit: string; body: string } {
  const { eighths, group } = METRES[type] ?? { eighths: 8, group: 4 }
  const part = (start: number) => {
    let degree = start
    return Array.from({ length: BARS_A_PART }, (_, bar) => {
      const isLast = bar === BARS_A_PART - 1
      const notes: string[] = []
      for (let beat = 0; beat < eighths; beat++) {
        degree = step(degree, random)
        // A phrase comes home: the last bar leans on the tonic.
        if (isLast && beat >= eighths - group) degree = 0
        notes.push(noteName(mode, degree))
      }
      return beamed(notes, group, isLast)
    })
  }
  const first = part(0)
  const second = part(5)
  const body = [first, second].map((bars) => `|: ${bars.slice(0, 4).join(' | ')} |\n${bars.slice(4).join(' | ')} :|`).join('\n')
  return { incipit: first.slice(0, 2).join(' | '), body }
}

/** Mostly stepwise motion, now and then a third, within a tenth. */
function step(degree: number, random: () => number): number {
  const size = random() < 0.75 ? 1 : 2
  const up = degree <= LOWEST ? true : degree >= HIGHEST ? false : random() < 0.5
  return Math.max(LOWEST, Math.min(HIGHEST, degree + (up ? size : -size)))
}

function beamed(notes: readonly string[], group: number, isLast: boolean): string {
  const groups: string[] = []
  for (let at = 0; at < notes.length; at += group) {
    const held = isLast && at + group >= notes.length
    groups.push(held ? `${notes[at]}${group}` : notes.slice(at, at + group).join(''))
  }
  return groups.join(' ')
}

/** A degree above the tonic as an ABC note; the key signature supplies the accidentals. */
function noteName(mode: string, degree: number): string {
  const tonic = LETTERS.findIndex((letter) => letter === mode[0])
  const place = tonic + degree
  const letter = LETTERS[((place % 7) + 7) % 7] ?? 'D'
  if (place < 0) return `${letter},`
  if (place < 7) return letter
  return place < 14 ? letter.toLowerCase() : `${letter.toLowerCase()}'`
}

function abcOf({ title, type, mode }: { title: string; type: string; mode: string }, body: string): string {
  const [tonic = 'D', name = 'major'] = mode.split(' ')
  const metre = METRES[type]?.metre ?? '4/4'
  return [`T:${title}`, `R:${type}`, `M:${metre}`, 'L:1/8', 'Z:Generated for demonstration', `K:${tonic}${MODES[name] ?? ''}`, body].join('\n')
}
