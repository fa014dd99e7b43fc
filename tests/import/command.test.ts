import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { playlistTune, practiceRecord, tune } from 'segue/tables'
import { describe, expect, inject, it } from 'vitest'
import { device, PASSWORD, someone } from '../setup/people.ts'

const ROOT = join(import.meta.dirname, '../..')
const SAMPLE = join(ROOT, 'samples/practice.sqlite')
const folder = mkdtempSync(join(tmpdir(), 'segue-import-'))

/** Runs the command as npm would, and waits for it. */
function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, SEGUE_EMAIL: '', SEGUE_PASSWORD: '', INIT_CWD: ROOT }
  const child = spawn(process.execPath, [join(ROOT, 'scripts/import.ts'), ...args], { env, stdio: 'pipe' })
  child.stdin.end()
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out: out.join(''), err: err.join('') }))
  })
}

describe('npm run import', () => {
  it('brings a database into an account; twice changes nothing', async () => {
    const person = await someone('importer')
    const account = ['--url', inject('backend').url, '--email', person.email, '--password', PASSWORD]
    const map = join(folder, 'map.json')
    const first = await run(SAMPLE, ...account, '--map', map)
    expect(first.err).toBe('')
    expect(first.code).toBe(0)
    expect(first.out).toContain('row 44, tune_ref: belongs to tune 9001, which these files do not have')
    expect(first.out).toContain('daily_practice_queue: is not imported')
    const laptop = await device(person)
    await laptop.refreshSpaces()
    await laptop.sync?.sync()
    const library = await laptop.openLibrary()
    const rows = () => ({
      tunes: laptop.db
        .select()
        .from(tune)
        .all()
        .filter(({ spaceId }) => spaceId === library.id).length,
      listed: laptop.db.select().from(playlistTune).all().length,
      records: laptop.db.select().from(practiceRecord).all().length,
      playlists: laptop.spaces
        .filter(({ kind }) => kind === 'playlist')
        .map(({ name }) => name)
        .sort(),
    })
    const expected = {
      ...{ tunes: 217, listed: 185, records: 461 },
      playlists: ['Ceilidh band', 'Kitchen fiddle', 'Whistle beginners'],
    }
    expect(rows()).toEqual(expected)
    const ids: { ids: { tune: Record<string, string> } } = JSON.parse(readFileSync(map, 'utf8'))
    expect(library.get(tune, ids.ids.tune['1'] ?? '')?.title).toBe('The Silver Spear')
    const second = await run(SAMPLE, ...account)
    expect(second.code).toBe(0)
    expect(second.out).toMatch(/tune +0 +0 +217 +0 +3/)
    expect(second.out).toContain('Nothing new: everything is there already.')
    await laptop.refreshSpaces()
    await laptop.sync?.sync()
    expect(rows()).toEqual(expected)
  }, 240_000)

  it('only looks with --dry-run, without a server', async () => {
    const { code, out, err } = await run(
      'samples/practice.sqlite',
      '--dry-run',
      '--url',
      'http://localhost:1',
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/tune +217 +0 +0 +0 +3/)
    expect(out).toContain('player@segue.example')
  })

  it('explains itself', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const option of ['--dry-run', '--email', '--password', '--url', '--source', '--person', '--map']) {
      expect(out).toContain(option)
    }
  })

  it('says what is wrong and what to do, and fails', async () => {
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{"tune": [')
    const { url } = inject('backend')
    const person = await someone('mistaken')
    const cases = [
      { args: [], code: 2, says: 'No file was named.' },
      { args: ['nowhere.csv', '--dry-run'], code: 2, says: 'nowhere.csv cannot be read' },
      { args: [SAMPLE, '--colour'], code: 2, says: '--colour' },
      { args: [SAMPLE], code: 2, says: 'Pass --email <address>, or --dry-run' },
      { args: [SAMPLE, '--email', person.email, '--url', url], code: 2, says: 'A password is needed.' },
      { args: [broken, '--dry-run'], code: 1, says: 'broken.json is not valid JSON' },
      {
        args: [SAMPLE, '--email', 'a@b.example', '--password', 'x', '--url', 'http://localhost:1'],
        code: 1,
        says: 'Start Segue with “npm start”',
      },
      {
        args: [SAMPLE, '--email', person.email, '--password', 'wrong', '--url', url],
        code: 1,
        says: `${person.email} cannot sign in`,
      },
    ]
    for (const { args, code, says } of cases) {
      const result = await run(...args)
      expect(result.err).toContain(says)
      expect(result.err).not.toContain('    at ')
      expect(result.code).toBe(code)
    }
  }, 240_000)
})
