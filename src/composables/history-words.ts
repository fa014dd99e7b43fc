import type { RowChange } from 'segue/crdt'
import { fieldName } from './conflict-words.ts'
import { counted } from './tune-words.ts'

/** What happened to rows of one kind, and how it is said: of one or two by name, of more by number. */
interface Deed {
  readonly verb: string
  readonly names: string[]
  /** “tune”, “note on a tune”. */
  readonly what: string
}

/** Verbs, of what somebody has done and of what a restore would do. */
const VERBS = {
  past: {
    ...{ added: 'added', removed: 'removed', taken: 'took off', moved: 'moved', renamed: 'renamed' },
    ...{ changed: 'changed', edited: 'edited', practised: 'practised', begun: 'began the list' },
  },
  restore: {
    ...{
      added: 'brings back',
      removed: 'removes',
      taken: 'takes off',
      moved: 'moves back',
      renamed: 'renames',
    },
    ...{ changed: 'changes', edited: 'takes back an edit of', practised: 'brings back practice of' },
    begun: 'brings back the list',
  },
} as const
type Verbs = (typeof VERBS)[keyof typeof VERBS]

/** More kinds of things than this are too many for a line. */
const MOST_DEEDS = 4

/**
 * What somebody has done, as the rest of a sentence about them: “added The Kesh, renamed Morrison’s to Morrison’s Jig”.
 *
 * @param titleOf  the title of a tune that is not among the changes
 */
export function changeWords(
  changes: readonly RowChange[],
  titleOf: (tuneId: string) => string | undefined,
  tense: keyof typeof VERBS = 'past',
): string {
  const titles = new Map(
    changes.flatMap((change) => (change.table === 'tune' ? [[change.rowId, textOf(change, 'title')]] : [])),
  )
  const listed = new Set(
    changes.filter(({ table }) => table === 'playlist_tune').map((each) => textOf(each, 'tuneRef')),
  )
  const nameOf = (tuneId: string) => titles.get(tuneId) || titleOf(tuneId) || 'a tune'
  const deeds = new Map<string, Deed>()
  const say = (verb: string, name: string, what: string) => {
    const known = deeds.get(verb + what)
    if (known) known.names.push(name)
    else deeds.set(verb + what, { verb, names: [name], what })
  }
  for (const change of changes) {
    // On a list, a tune comes and goes with its place.
    if (change.table === 'tune' && change.kind !== 'changed' && listed.has(change.rowId)) continue
    tell(change, nameOf, say, VERBS[tense])
  }
  const words = [...deeds.values()].map(deedWords)
  const more = words.length - MOST_DEEDS
  const said = more > 1 ? [...words.slice(0, MOST_DEEDS), `${counted(more, 'other kind')} of changes`] : words
  return said.length > 0 ? said.join(', ') : 'made changes that do not show'
}

type Say = (verb: string, name: string, what: string) => void

function tell(change: RowChange, nameOf: (tuneId: string) => string, say: Say, verbs: Verbs): void {
  const { table, kind } = change
  const tune = nameOf(textOf(change, 'tuneRef') || change.rowId)
  switch (table) {
    case 'playlist':
      if (kind === 'changed' && before(change, 'name') !== undefined)
        say(
          `${verbs.renamed} the list from “${before(change, 'name')}” to`,
          `“${textOf(change, 'name')}”`,
          'list',
        )
      else say(kind === 'added' ? verbs.begun : `${verbs[kind]} the list`, '', 'list')
      return
    case 'playlist_tune':
      if (kind === 'changed')
        say(before(change, 'position') === undefined ? verbs.changed : verbs.moved, tune, 'tune')
      else say(kind === 'added' ? verbs.added : verbs.taken, tune, 'tune')
      return
    case 'tune': {
      const was = before(change, 'title')
      if (was !== undefined) say(verbs.renamed, `“${was}” to “${textOf(change, 'title')}”`, 'tune')
      const fields = fieldsOf(change).filter((field) => field !== 'Title')
      if (fields.length > 0) say(`${verbs.changed} ${fields.join(' and ').toLowerCase()} of`, tune, 'tune')
      if (kind !== 'changed') say(verbs[kind], tune, 'tune')
      return
    }
    case 'note':
    case 'reference':
    case 'tag': {
      const what = { note: 'note', reference: 'link', tag: 'tag' }[table]
      say(`${kind === 'changed' ? verbs.edited : verbs[kind]} a ${what} on`, tune, 'tune')
      return
    }
    case 'practice_record':
      say(verbs.practised, tune, 'tune')
      return
    default:
      say(verbs.changed, 'the practice queue', 'thing')
  }
}

function deedWords({ verb, names, what }: Deed): string {
  const distinct = [...new Set(names)]
  if (distinct.length > 2) return `${verb} ${counted(distinct.length, what)}`
  return [verb, distinct.join(' and ')].filter(Boolean).join(' ')
}

/** What a text cell of the row says, or said before the row went. */
function textOf(change: RowChange, property: string): string {
  const value = (change.kind === 'removed' ? change.before : change.after)[property]
  return typeof value === 'string' ? value : ''
}

/** What a text cell said before, if that has changed. */
function before(change: RowChange, property: string): string | undefined {
  if (change.kind !== 'changed') return undefined
  const cell = change.cells.find((each) => each.property === property)
  return cell && (typeof cell.before === 'string' ? cell.before : '')
}

const fieldsOf = (change: RowChange): string[] =>
  change.kind === 'changed' ? change.cells.map(({ property }) => fieldName('tune', snake(property))) : []

const snake = (property: string) => property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
