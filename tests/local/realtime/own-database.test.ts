import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalBackend, startLocalBackend } from '../../../supabase/local/index.ts'
import { client, EVENT, join, joinPrivate, lastState, newTopic, quiet } from '../../setup/channels.ts'
import { someone } from '../../setup/people.ts'
import { newMember, ownedSpace } from '../../setup/shared-space.ts'

let backend: LocalBackend
const dataDir = mkdtempSync(joinPath(tmpdir(), 'segue-realtime-'))

beforeAll(async () => {
  backend = await startLocalBackend({ dataDir, maxPresenceCalls: 5 })
})
afterAll(async () => {
  await backend.close()
  rmSync(dataDir, { recursive: true })
})

/** A topic of its own policies: open to everybody who is signed in, or shut for some purpose. */
async function topicWith(prefix: string, policies: { insert?: string } = {}): Promise<string> {
  const topic = `${prefix}-${newTopic()}`
  const on = `realtime.messages for`
  await backend.sql(
    `create policy "${topic} read" on ${on} select to authenticated using (realtime.topic() = '${topic}')`,
  )
  if (policies.insert) {
    await backend.sql(
      `create policy "${topic} write" on ${on} insert to authenticated
       with check (case when realtime.topic() = '${topic}' then ${policies.insert} else false end)`,
    )
  }
  return topic
}

const send = (topic: string, payload: object, isPrivate = true) =>
  backend.sql('select realtime.send($1::jsonb, $2, $3, $4)', [
    JSON.stringify(payload),
    EVENT,
    topic,
    isPrivate,
  ])

const sendBytes = (topic: string, hex: string, isPrivate = true) =>
  backend.sql(`select realtime.send_binary('\\x${hex}'::bytea, $1, $2, $3)`, [EVENT, topic, isPrivate])

/** Fails when it is evaluated; not earlier, as a constant would. */
const FAULT = '1 / (random() * 0)::int = 1'

const UUID = /^[0-9a-f-]{36}$/

describe('probing the policies', () => {
  it('C12 a member joins and speaks, and no probe row stays behind', async () => {
    const { owner, space } = await ownedSpace(backend)
    const editor = await newMember('editor', owner, space, backend)
    const [a, b] = [
      await joinPrivate(owner.supabase, `space:${space}`),
      await joinPrivate(editor.supabase, `space:${space}`),
    ]
    await b.channel.send({ type: 'broadcast', event: EVENT, payload: { x: 1 } })
    await expect.poll(() => a.seen.length).toBe(1)
    expect(
      await backend.sql('select count(*)::int as count from realtime.messages where topic = $1', [
        `space:${space}`,
      ]),
    ).toEqual([{ count: 0 }])
  })

  it('C23 a fault of the server ends the channel with an error, and the client joins again', async () => {
    const person = await someone('unlucky', backend)
    const topic = await topicWith('crash', { insert: FAULT })
    const joined = await joinPrivate(person.supabase, topic)
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { x: 1 } })
    await expect
      .poll(() => joined.states.map(({ status }) => status), { timeout: 5_000 })
      .toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED'])
  })

  it('C23 a fault of the server at the join is answered', async () => {
    const person = await someone('unlucky', backend)
    const topic = newTopic()
    await backend.sql(
      `create policy "${topic}" on realtime.messages for select to authenticated
       using (case when realtime.topic() = '${topic}' then ${FAULT} else false end)`,
    )
    const joined = await joinPrivate(person.supabase, topic)
    expect(lastState(joined)).toEqual({ status: 'CHANNEL_ERROR', message: 'Unknown Error on Channel' })
  })

  it('C25 who may not show their presence is told so', async () => {
    const person = await someone('shy', backend)
    const topic = await topicWith('reading')
    const joined = await joinPrivate(person.supabase, topic, { presence: { key: 'shy', enabled: true } })
    expect(await joined.channel.track({ at: 'reel' })).toBe('error')
    expect(joined.channel.presenceState()).toEqual({})
  })

  it('C25 whoever tells of themselves too often is cut off', async () => {
    const joined = await join(client({ address: backend }), newTopic(), {
      config: { presence: { key: 'restless', enabled: true } },
    })
    for (let n = 1; n <= 5; n++) expect(await joined.channel.track({ n })).toBe('ok')
    await joined.channel.track({ n: 6 }, { timeout: 400 })
    await expect.poll(() => lastState(joined)?.status).toBe('CLOSED')
    expect(joined.system).toEqual([
      expect.objectContaining({ message: 'Client presence rate limit exceeded' }),
    ])
  })
})

describe('broadcasting from the database', () => {
  it('C28 JSON and bytes arrive with the id of their row', async () => {
    const { owner, space } = await ownedSpace(backend)
    const joined = await joinPrivate(owner.supabase, `space:${space}`)
    await send(`space:${space}`, { n: 1 })
    await send(`space:${space}`, { id: 'mine', n: 2 })
    await sendBytes(`space:${space}`, 'dead00')
    await expect.poll(() => joined.seen.length).toBe(3)
    const [json, named, bytes] = joined.seen
    expect(json?.meta?.id).toMatch(UUID)
    expect(json?.payload).toEqual({ n: 1, id: json?.meta?.id })
    expect(named?.payload).toEqual({ n: 2, id: 'mine' })
    expect(bytes?.meta?.id).toMatch(UUID)
    expect(bytes?.payload).toEqual(new Uint8Array([0xde, 0xad, 0x00]).buffer)
  })

  it('C28 nothing arrives of what is rolled back', async () => {
    const topic = newTopic()
    const joined = await join(client({ address: backend }), topic)
    await expect(
      backend.sql(`select realtime.send('{"n": 1}', 'm', $1, false), 1 / (random() * 0)::int`, [topic]),
    ).rejects.toThrow('division by zero')
    await send(topic, { n: 2 }, false)
    await expect.poll(() => joined.seen.map(({ payload }) => payload)).toMatchObject([{ n: 2 }])
  })

  it('C28 private and public do not mix', async () => {
    const { owner, space } = await ownedSpace(backend)
    const topic = `space:${space}`
    const inside = await joinPrivate(owner.supabase, topic)
    const outside = await join(client({ address: backend }), topic)
    await send(topic, { for: 'members' })
    await send(topic, { for: 'all' }, false)
    await expect.poll(() => outside.seen.length).toBe(1)
    await expect.poll(() => inside.seen.length).toBe(1)
    expect(inside.seen[0]?.payload).toMatchObject({ for: 'members' })
    expect(outside.seen[0]?.payload).toMatchObject({ for: 'all' })
  })

  it('C28 a trigger tells what became of a row', async () => {
    const person = await someone('watcher', backend)
    const topic = await topicWith('changes')
    await backend.sql('create table public.note_of_test (id int primary key, body text)')
    await backend.sql(
      `create function public.tell_of_test() returns trigger language plpgsql as $$
       begin
         perform realtime.broadcast_changes('${topic}', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
         return null;
       end $$`,
    )
    await backend.sql(
      `create trigger tell after insert or update or delete on public.note_of_test
       for each row execute function public.tell_of_test()`,
    )
    const joined = await joinPrivate(person.supabase, topic)
    await backend.sql(`insert into public.note_of_test values (1, 'first')`)
    await backend.sql(`update public.note_of_test set body = 'second'`)
    await backend.sql('delete from public.note_of_test')
    await expect.poll(() => joined.seen.length).toBe(3)
    const told = { schema: 'public', table: 'note_of_test' }
    expect(joined.seen.map(({ event, payload }) => ({ event, payload }))).toMatchObject([
      { event: 'INSERT', payload: { ...told, record: { id: 1, body: 'first' }, old_record: null } },
      { event: 'UPDATE', payload: { ...told, record: { body: 'second' }, old_record: { body: 'first' } } },
      { event: 'DELETE', payload: { ...told, record: null, old_record: { body: 'second' } } },
    ])
  })

  it('C29 whoever joins late is given the newest of what was kept, oldest first and once', async () => {
    const { owner, space } = await ownedSpace(backend)
    const topic = `space:${space}`
    const since = Date.now() - 60_000
    await send(topic, { n: 1 })
    await send(topic, { n: 2 })
    await sendBytes(topic, '03')
    await send(topic, { public: true }, false)
    const joined = await joinPrivate(owner.supabase, topic, {
      broadcast: { replay: { since, limit: 2 } },
    })
    await expect.poll(() => joined.seen.length).toBe(2)
    await quiet()
    expect(joined.seen).toMatchObject([
      { payload: { n: 2 }, meta: { id: expect.stringMatching(UUID), replayed: true } },
      { payload: new Uint8Array([3]).buffer, meta: { id: expect.stringMatching(UUID), replayed: true } },
    ])
    await send(topic, { n: 4 })
    await expect.poll(() => joined.seen.length).toBe(3)
    expect(joined.seen[2]?.meta?.replayed).toBeUndefined()
  })

  it('C29 nothing is lost or told twice while somebody joins', async () => {
    const { owner, space } = await ownedSpace(backend)
    const topic = `space:${space}`
    const since = Date.now() - 60_000
    await owner.supabase.realtime.setAuth()
    const joining = joinPrivate(owner.supabase, topic, { broadcast: { replay: { since } } })
    for (let n = 0; n < 20; n++) await send(topic, { n })
    const joined = await joining
    await expect.poll(() => joined.seen.length).toBeGreaterThanOrEqual(20)
    await quiet()
    const numbers = joined.seen.map(({ payload }) => Reflect.get(Object(payload), 'n'))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it('C29 a replay that cannot be understood is refused', async () => {
    const { owner, space } = await ownedSpace(backend)
    const joined = await joinPrivate(owner.supabase, `space:${space}`, {
      broadcast: { replay: { since: 1.5 } },
    })
    expect(lastState(joined)?.message).toContain('UnableToReplayMessages')
  })
})
