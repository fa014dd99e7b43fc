import { safeLink } from '../../actions/index.ts'
import { modeName } from '../musical-key.ts'
import type { RawGroup, RawRow } from '../raw.ts'

/** Ids of ABC tunes do not depend on who imports them from where: the melody's name, type and key are all there is. */
export const ABC_SOURCE = 'abc'

const FIELD = /^([A-Za-z]):\s*(.*)$/
const INCIPIT_BARS = 2

export const isAbc = (text: string): boolean => /^X:\s*\d*/m.test(text) && /^K:/m.test(text)

/** Fields that say something about the tune, as words of its note. */
const NOTED: Readonly<Record<string, string>> = { O: 'From: ', S: 'Source: ', H: '', N: '' }

interface AbcTune {
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The tune as it is written, without its X field. */
  readonly setting: string
}

/**
 * Reads the tunes of an ABC file: first T title, R type, K mode, C composer, first two bars as incipit. O, S, H and
 * N go into one note, an S that is a web address becomes a reference, and the whole setting is a note of its own: the
 * app has no other place for it, and nothing of it may be lost.
 *
 * A tune's legacy id is its title, type and key, in lower case: the X numbers of two files clash.
 */
export function readAbc(file: string, text: string): RawGroup {
  const tunes: RawRow[] = []
  const notes: RawRow[] = []
  const references: RawRow[] = []
  const settingsOf = new Map<string, Set<string>>()
  for (const { fields, body, setting } of splitTunes(text)) {
    const first = (name: string) => fields.find(([each, value]) => each === name && value !== '')?.[1]
    const title = articleFirst(first('T') ?? '')
    const type = first('R')?.toLowerCase()
    const mode = modeName(first('K') ?? '')
    const id = [title, type ?? '', mode ?? ''].join('|').normalize('NFC').toLowerCase()
    const settings = settingsOf.get(id) ?? new Set()
    if (settings.has(setting)) continue
    settingsOf.set(id, settings.add(setting))
    // A further setting of the same tune is a further note.
    const nth = settings.size === 1 ? '' : `|${settings.size}`
    if (nth === '') {
      const facts = { id, title, type, mode, composer: first('C'), incipit: incipitOf(body) }
      tunes.push(new Map(Object.entries(facts)))
    }
    const links = fields.filter(([name, value]) => name === 'S' && safeLink(value) !== undefined)
    for (const [, url] of links) {
      references.push(new Map(Object.entries({ id: `${id}|${url}`, tune_ref: id, url, ref_type: 'website' })))
    }
    const words = fields
      .filter(
        ([name, value]) =>
          NOTED[name] !== undefined && value !== '' && !links.some(([, url]) => url === value),
      )
      .map(([name, value]) => `${NOTED[name]}${value}`)
    if (words.length > 0)
      notes.push(noteRow({ id: `${id}${nth}`, tune_ref: id, note_text: words.join('\n') }))
    if (body !== '') {
      notes.push(
        noteRow({ id: `${id}|abc${nth}`, tune_ref: id, note_text: setting, display_order: settings.size }),
      )
    }
  }
  return {
    source: ABC_SOURCE,
    tables: [
      { file, name: 'tune', rows: tunes },
      { file, name: 'note', rows: notes },
      { file, name: 'reference', rows: references },
    ],
  }
}

const noteRow = (cells: Readonly<Record<string, unknown>>): RawRow => new Map(Object.entries(cells))

/** A tune starts at its X field; the header ends with K, what follows is melody up to an empty line. */
function splitTunes(text: string): AbcTune[] {
  return text
    .split(/^(?=X:)/m)
    .filter((part) => part.startsWith('X:'))
    .map((part) => {
      const fields: [string, string][] = []
      const body: string[] = []
      const setting: string[] = []
      let inBody = false
      for (const line of part.split(/\r\n?|\n/)) {
        const content = withoutComment(line)
        // An empty line ends a tune; text between tunes is nobody's melody.
        if (content === '') {
          if (inBody && body.length > 0) break
          continue
        }
        const [, name, value = ''] = FIELD.exec(content) ?? []
        if (name !== 'X') setting.push(line.trimEnd())
        if (name !== undefined) {
          if (name === 'K' && !inBody) inBody = true
          else if (inBody && name !== 'N') continue
          fields.push([name, value.trim()])
        } else if (inBody) body.push(content)
      }
      return { fields, body: body.join(' '), setting: setting.join('\n') }
    })
}

const withoutComment = (line: string) => line.replace(/(^|[^\\])%.*$/, '$1').trim()

/** “Silver Spear, The” → “The Silver Spear”: ABC collections put the article last for sorting. */
const articleFirst = (title: string) => title.replace(/^(.+), (The|A|An)$/i, '$2 $1')

/** The first full bars, and an upbeat ahead of them. */
function incipitOf(body: string): string | undefined {
  const melody = body
    .replaceAll(/"[^"]*"|![^!\s]+!|\{[^}]*\}/g, '')
    .replaceAll('\\', ' ')
    .replaceAll(/\s+/g, ' ')
  const bars = melody
    .split(/:?\|+[\]:]*|\[\||::/)
    .map((bar) => bar.replace(/^\s*\[?[12](?=[\s(A-Ga-gz])/, '').trim())
    .filter((bar) => bar !== '')
  const upbeat = notesIn(bars[0] ?? '') * 2 < notesIn(bars[1] ?? '') ? 1 : 0
  return bars.slice(0, INCIPIT_BARS + upbeat).join(' | ') || undefined
}

const notesIn = (bar: string) => bar.match(/[A-Ga-gz]/g)?.length ?? 0
