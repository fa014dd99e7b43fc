import { verify } from 'segue/bridge'
import { retryWaiting } from 'segue/crdt'
import * as Y from 'yjs'
import type { Client } from './client.ts'
import type { Edit } from './ledger.ts'
import { asMember, type Content, fingerprint, readingOf } from './replicas.ts'
import { settle } from './settle.ts'
import { sql } from './sim-tab.ts'
import type { Violation, World } from './world.ts'

/** Lets a world come to rest, and holds it to everything that was promised. */
export async function check(world: World): Promise<Violation[]> {
  const open = await rest(world)
  const found: Violation[] = open.map((says) => ({ kind: 'failed', says: `never settles: ${says}` }))
  const truth = new Map<string, Content>()
  for (const space of world.roles.keys()) {
    const { doc, head, epoch } = await asMember(world, space)
    found.push(...(await compareWithWorker(world, space, doc)))
    if (open.length === 0) {
      for (const client of world.clients) found.push(...compareReplicas(world, client, space, doc))
      for (const client of world.clients) found.push(...checkStorage(world, client, space, epoch, head))
    }
    world.trace.note(space, fingerprint(doc))
    truth.set(space, readingOf(doc))
  }
  for (const client of world.clients) found.push(...checkMirrors(client))
  if (open.length === 0) found.push(...checkEdits(world, truth))
  return [...world.violations, ...found]
}

/** Comes to rest, and for some worlds once more after all devices have been started anew: what counts is stored. */
async function rest(world: World): Promise<string[]> {
  const open = await settle(world)
  if (open.length > 0 || !world.restarts) return open
  for (const client of world.clients) client.crash()
  return settle(world)
}

/** What members read (the newest snapshot and the log after it) is what the worker makes of its own. */
async function compareWithWorker(world: World, space: string, doc: Y.Doc): Promise<Violation[]> {
  const base = (await world.server.call('worker', 'compaction_base', { p_space: space, p_before: null })) as {
    epoch: number
    epochSeq: number
    snapshot: { seq: number; state: string } | null
  }
  const rebuilt = new Y.Doc()
  if (base.snapshot) Y.applyUpdateV2(rebuilt, Buffer.from(base.snapshot.state, 'base64'))
  const after = base.snapshot?.seq ?? base.epochSeq
  const args = { p_space: space, p_epoch: base.epoch, p_after: after }
  const tail = (await world.server.call('worker', 'compaction_tail', args)) as { update: string }[]
  for (const { update } of tail) Y.applyUpdate(rebuilt, Buffer.from(update, 'base64'))
  retryWaiting(rebuilt, 'log')
  if (fingerprint(rebuilt) === fingerprint(doc)) return []
  return [{ kind: 'diverged', says: `snapshot and tail of members and of the worker differ in ${space}` }]
}

function compareReplicas(world: World, client: Client, space: string, doc: Y.Doc): Violation[] {
  if (world.roleOf(space, client.caller.userId) === undefined) return []
  const expected = fingerprint(doc)
  return client.open.flatMap(({ name, segue }): Violation[] => {
    const info = segue?.spaces.find(({ id }) => id === space)
    const replica = info && segue?.space(info.id)
    if (!replica) return [{ kind: 'diverged', says: `${name} does not have ${space}` }]
    const found = fingerprint(replica.doc)
    if (found === expected) return []
    return [{ kind: 'diverged', says: `${name} differs in ${space}:\n${found}\nThe log says:\n${expected}` }]
  })
}

function checkMirrors(client: Client): Violation[] {
  return client.open.flatMap(({ name, segue }) =>
    (segue ? verify(sql, segue.mirror) : []).map(
      ({ table }): Violation => ({ kind: 'diverged', says: `the mirror of ${name} is wrong about ${table}` }),
    ),
  )
}

/** Nothing is left in storage but the document of the current epoch. */
function checkStorage(world: World, client: Client, space: string, epoch: number, head: number): Violation[] {
  if (world.roleOf(space, client.caller.userId) === undefined) return []
  return client.storage.contents.flatMap(({ name, updates, keys }): Violation[] => {
    const [id, stored] = name.split('/')
    if (id !== space) return []
    if (Number(stored) !== epoch) return [{ kind: 'failed', says: `${client.name} still has ${name}` }]
    const left = keys.filter((key) => key.startsWith('outbox/'))
    if (left.length > 0)
      return [{ kind: 'failed', says: `${client.name} still keeps ${left.join(', ')} of ${name}` }]
    const limit = 600 + head
    return updates > limit
      ? [{ kind: 'failed', says: `${client.name} keeps ${updates} updates of ${name}` }]
      : []
  })
}

/** Every edit that was acknowledged, and every one that a device has kept, is in the log's document. */
function checkEdits(world: World, truth: ReadonlyMap<string, Content>): Violation[] {
  const erased = new Set<string>()
  const restored = new Set<string>()
  const overwritten = new Map<string, Set<unknown>>()
  const isDue = (edit: Edit) => edit.logged || (edit.durable && !edit.dropped && mayWrite(world, edit))
  for (const edit of world.ledger.edits) {
    const { deed, rowId } = edit
    if (deed.kind === 'erase') erased.add(deed.character)
    if (deed.kind === 'restore') restored.add(rowId)
    // Two that were carried over from one epoch into the next by different devices are as if made at the same time.
    const isCertain = edit.logged || world.epochs === 0
    if (deed.kind === 'set' && isDue(edit) && isCertain) {
      const key = `${rowId} ${deed.column}`
      overwritten.set(key, (overwritten.get(key) ?? new Set()).add(deed.before))
    }
  }
  const lost: Violation[] = []
  for (const edit of world.ledger.edits) {
    if (!isDue(edit)) continue
    const { deed, table, rowId } = edit
    const content = truth.get(spaceOf(world, edit))?.get(table)
    const cells = content && rowOf(content, rowId)
    const says = problemOf(deed, cells)
    if (says) lost.push({ kind: 'lost', says: `${says}: ${JSON.stringify(edit)}` })
  }
  return lost

  function problemOf(deed: Edit['deed'], cells: ReturnType<typeof rowOf>): string | undefined {
    if (!cells) return 'the row is gone'
    const { rowId } = cells
    if (deed.kind === 'type') {
      const found = String(cells.get('notes') ?? '').split(deed.character).length - 1
      if (found === 0 && !erased.has(deed.character)) return 'typed text is gone'
      if (found > 1 && !world.purged) return 'typed text is there twice'
    }
    if (deed.kind === 'set') {
      const value = cells.get(deed.column)
      if (value === undefined || value === null) return 'a cell is empty'
      if (overwritten.get(`${rowId} ${deed.column}`)?.has(value) && !world.purged)
        return `a cell is what it was before, ${String(value)}`
    }
    if (deed.kind === 'remove' && !restored.has(rowId) && typeof cells.get('removed_at') !== 'string')
      return 'a removed row is back'
    return undefined
  }
}

function rowOf(rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>, rowId: string) {
  const cells = rows.get(rowId)
  return cells && { rowId, get: (column: string): unknown => cells[column] }
}

const mayWrite = (world: World, edit: Edit) =>
  ['owner', 'editor'].includes(world.roleOf(spaceOf(world, edit), edit.userId) ?? '')

/** A library that was made on two devices is one in the end. */
function spaceOf(world: World, { space, userId }: Edit): string {
  if (world.roles.has(space)) return space
  for (const [id, members] of world.roles) {
    if (id !== world.shared && world.libraries.has(id) && members.get(userId) === 'owner') return id
  }
  return space
}
