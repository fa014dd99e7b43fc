import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { lockData } from '../../supabase/local/data-lock.ts'
import { BrokenDataError, startLocalBackend } from '../../supabase/local/index.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const ACCOUNT = { email: 'newcomer@example.test', password: 'long enough' }
const processes: ChildProcess[] = []
const folders: string[] = []

afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(inside = tmpdir()): string {
  mkdirSync(inside, { recursive: true })
  const folder = mkdtempSync(join(inside, 'segue-start-'))
  folders.push(folder)
  return folder
}

class Run {
  readonly child: ChildProcess
  output = ''
  readonly exit: Promise<number | null>

  constructor(script: string, ...args: string[]) {
    this.child = spawn(process.execPath, [join(ROOT, 'scripts', script), ...args], { cwd: ROOT })
    processes.push(this.child)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk
      })
    }
    this.exit = new Promise((resolveExit) => this.child.on('exit', resolveExit))
  }

  /** Waits until it says where it is. @returns the address */
  async address(): Promise<string> {
    const said = () => /Segue.*?(http:\/\/localhost:\d+)/.exec(this.output)?.[1]
    await Promise.race([expect.poll(said, { timeout: 60_000, interval: 100 }).toBeTruthy(), this.exit])
    const address = said()
    if (!address) throw new Error(`It did not start:\n${this.output}`)
    return address
  }

  /** Stops it as Ctrl-C does. @returns the exit code */
  interrupt(): Promise<number | null> {
    this.child.kill('SIGINT')
    return this.exit
  }
}

const start = (...args: string[]) => new Run('start.ts', '--no-build', '--no-demo', ...args)

async function supabaseAt(url: string) {
  const config: unknown = await (await fetch(`${url}/segue-config.json`)).json()
  const key = String(Reflect.get(Object(config), 'supabaseAnonKey'))
  return createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } })
}

const reachable = (host: string, port: number) =>
  new Promise<boolean>((resolveReach) => {
    const socket = connect({ host, port, timeout: 1_000 })
    const settle = (reached: boolean) => {
      socket.destroy()
      resolveReach(reached)
    }
    socket
      .on('connect', () => settle(true))
      .on('error', () => settle(false))
      .on('timeout', () => settle(false))
  })

describe('starting and stopping', () => {
  it('keeps to itself, refuses a second process, survives being killed, and stops on Ctrl-C', async () => {
    const data = join(newFolder(), 'data')
    const claim = join(data, 'running.pid')
    const hasty = start('--port', '0', '--data', data)
    await expect.poll(() => existsSync(claim), { timeout: 30_000 }).toBe(true)
    expect(await hasty.interrupt()).toBe(0)
    expect(existsSync(claim)).toBe(false)

    const first = start('--port', '0', '--data', data)
    const url = await first.address()
    const port = Number(new URL(url).port)
    expect(await reachable('127.0.0.1', port)).toBe(true)
    expect(await reachable('127.0.0.2', port)).toBe(false)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(join(data, 'secrets.json')).mode & 0o777).toBe(0o600)
    const supabase = await supabaseAt(url)
    expect((await supabase.auth.signUp(ACCOUNT)).error).toBeNull()
    const space = crypto.randomUUID()
    await supabase.rpc('create_space', { p_id: space, p_kind: 'playlist', p_name: 'Kept' })

    const second = start('--port', '0', '--data', data)
    expect(await second.exit).toBe(1)
    expect(second.output).toContain('already running on this data')
    expect(second.output).not.toMatch(/\n\s+at /)

    first.child.kill('SIGKILL')
    await first.exit
    expect(existsSync(claim)).toBe(true)
    const again = start('--port', String(port), '--data', data)
    const later = await supabaseAt(await again.address())
    expect((await later.auth.signInWithPassword(ACCOUNT)).error).toBeNull()
    expect((await later.rpc('my_spaces')).data).toMatchObject([{ id: space, name: 'Kept' }])
    // The session of before is still good: the secret is the same.
    expect((await supabase.rpc('my_spaces')).data).toMatchObject([{ id: space }])
    expect(await again.interrupt()).toBe(0)
    expect(existsSync(claim)).toBe(false)

    const inside = await startLocalBackend({ dataDir: data })
    expect(await inside.sql('select id from public.space')).toEqual([{ id: space }])
    await inside.close()
    await inside.close()
  }, 120_000)

  it('a claim with the id of this very process is of an earlier life', () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'running.pid'), String(process.pid))
    const release = lockData(folder)
    expect(() => lockData(folder)).toThrow('already running')
    release()
    lockData(folder)()
  })
})

describe('what can be wrong', () => {
  it.each<[string, (data: string) => string]>([
    [
      'a folder "postgres" that is no database',
      (data) => {
        mkdirSync(join(data, 'postgres'), { recursive: true })
        return join(data, 'postgres', 'my-notes.txt')
      },
    ],
    [
      'a database of another version',
      (data) => {
        mkdirSync(join(data, 'postgres'), { recursive: true })
        return join(data, 'postgres', 'PG_VERSION')
      },
    ],
    [
      'a file of secrets that holds none',
      (data) => {
        mkdirSync(data, { recursive: true })
        return join(data, 'secrets.json')
      },
    ],
  ])('with %s it says so and touches nothing', async (_what, prepare) => {
    const data = join(newFolder(), 'data')
    const file = prepare(data)
    writeFileSync(file, '9.6\n')
    await expect(startLocalBackend({ dataDir: data })).rejects.toThrow(BrokenDataError)
    expect(readFileSync(file, 'utf8')).toBe('9.6\n')
    expect(existsSync(join(data, 'running.pid'))).toBe(false)
  })

  it('what is no port is named, without a trace of the program, and ends with 1', async () => {
    const run = start('--port=70000', '--data', join(newFolder(), 'data'))
    expect(await run.exit).toBe(1)
    expect(run.output).toContain('"70000" is not a port')
    expect(run.output).not.toMatch(/\n\s+at /)
  })

  it('a port that another program holds is named', async () => {
    const other = createServer()
    onTestFinished(() => void other.close())
    await new Promise<void>((resolveListen) => other.listen(0, '127.0.0.1', resolveListen))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const data = join(newFolder(), 'data')
    await expect(startLocalBackend({ dataDir: data, port })).rejects.toThrow(`Port ${port} is in use`)
    expect(existsSync(join(data, 'running.pid'))).toBe(false)
  })
})

describe('while developing', () => {
  it('Vite does not serve the data, even when they lie in its root', async () => {
    const data = join(newFolder(join(ROOT, 'test-results')), 'data')
    const run = new Run('dev.ts', '--no-demo', '--port', '0', '--data', data)
    const url = await run.address()
    const secret = JSON.parse(readFileSync(join(data, 'secrets.json'), 'utf8')).jwtSecret
    expect(secret).toHaveLength(64)
    const inRoot = data.slice(ROOT.length)
    for (const path of [`${inRoot}/secrets.json`, `/@fs${data}/secrets.json`, `/@fs/${data}/secrets.json`]) {
      for (const query of [
        '',
        '?raw',
        '?import&raw',
        '?url',
        '?inline',
        '?import&url&inline',
        '?raw??',
        '??raw',
      ]) {
        const body = await (await fetch(url + path + query)).text()
        expect(body).not.toContain(secret)
        expect(body).not.toContain(Buffer.from(secret).toString('base64').slice(4, 40))
      }
    }
    expect((await fetch(`${url}/@fs${data}/secrets.json`)).status).toBe(403)
    expect((await fetch(`${url}/src/main.ts`)).status).toBe(200)
    expect(await run.interrupt()).toBe(0)
  }, 90_000)
})
