import type { Actor, Person } from './promises.ts'

/** What came of an attempt: an answer, or the code of a refusal and the word beside it. */
export type Answer = { readonly data: unknown } | { readonly code: string; readonly detail: string | null }

export type Row = Readonly<Record<string, unknown>>
export type Extension = 'broadcast' | 'presence'

/** One way to a backend: the official client, or SQL as the API would run it. */
export interface Door {
  readonly people: Readonly<Record<Person, { readonly userId: string }>>
  select(actor: Actor, table: string, columns: string, where: Row): Promise<Answer>
  insert(actor: Actor, table: string, row: Row): Promise<Answer>
  update(actor: Actor, table: string, set: Row, where: Row): Promise<Answer>
  delete(actor: Actor, table: string, where: Row): Promise<Answer>
  call(actor: Actor, name: string, args: Row): Promise<Answer>
  mayListen(actor: Actor, topic: string): Promise<boolean>
  maySpeak(actor: Actor, topic: string, extension: Extension): Promise<boolean>
}

/** A space with people in every role, something in every table, and somebody who has just been removed. */
export interface Scene {
  readonly door: Door
  readonly space: string
  readonly invite: { readonly id: string; readonly token: string }
  /** An invite for an address that belongs to nobody here. */
  readonly addressed: string
  /** A second space of the same people, which may be deleted. */
  readonly doomed: string
}

const BYTES = 'AAEC'
let pushed = 1

export async function makeScene(door: Door): Promise<Scene> {
  const space = await peopledSpace(door)
  const p_updates = [{ n: 1, update: BYTES }]
  const p_client = crypto.randomUUID()
  dataOf(await door.call('owner', 'push_updates', { p_space: space, p_client, p_updates }))
  dataOf(await door.call('owner', 'write_snapshot', { p_space: space, p_seq: 1, p_state: BYTES }))
  const addressed = await invite(door, space, { p_email: 'elsewhere@example.test' })
  const doomed = await peopledSpace(door)
  return { door, space, invite: await invite(door, space), addressed: addressed.id, doomed }
}

async function peopledSpace(door: Door): Promise<string> {
  const space = crypto.randomUUID()
  dataOf(await door.call('owner', 'create_space', { p_id: space, p_kind: 'playlist', p_name: 'List' }))
  for (const [actor, p_role] of [
    ['viewer', 'viewer'],
    ['editor', 'editor'],
    ['removed', 'editor'],
  ] as const) {
    const { token } = await invite(door, space, { p_role })
    dataOf(await door.call(actor, 'accept_invite', { p_token: token }))
  }
  const removed = { p_space: space, p_user: door.people.removed.userId }
  dataOf(await door.call('owner', 'remove_member', removed))
  return space
}

async function invite(door: Door, p_space: string, more: Row = {}): Promise<Scene['invite']> {
  const answer = await door.call('owner', 'invite_to_space', { p_space, p_role: 'viewer', ...more })
  const made = Object(dataOf(answer))
  return { id: String(Reflect.get(made, 'id')), token: String(Reflect.get(made, 'token')) }
}

/** @throws {Error} it was refused */
export function dataOf(answer: Answer): unknown {
  if ('data' in answer) return answer.data
  throw new Error(`Refused: ${answer.code} ${answer.detail}`)
}

/** The word for what came of reading or writing a table. */
export async function tryTable(
  { door, space }: Scene,
  subject: string,
  action: string,
  actor: Actor,
): Promise<string> {
  const self = actor === 'anon' ? crypto.randomUUID() : door.people[actor].userId
  const owner = door.people.owner.userId
  const { table, columns, where, row, set } = targetOf(subject, { space, self, owner })
  if (action === 'select') return seen(await door.select(actor, table, columns, where), 'rows')
  if (action === 'insert') return seen(await door.insert(actor, table, row), 'done')
  if (action === 'update') return seen(await door.update(actor, table, set, where), 'done')
  return seen(await door.delete(actor, table, where), 'done')
}

function seen(answer: Answer, some: 'rows' | 'done'): string {
  if ('code' in answer) return answer.code === '42501' ? 'refused' : answer.code
  return Array.isArray(answer.data) && answer.data.length === 0 ? 'none' : some
}

interface Target {
  readonly table: string
  readonly columns: string
  readonly where: Row
  readonly row: Row
  readonly set: Row
}

/** Rows lack their bytes, which the embedded API cannot take: whether somebody may insert is asked before that. */
function targetOf(
  subject: string,
  { space, self, owner }: { space: string; self: string; owner: string },
): Target {
  const ofSpace = { where: { space_id: space } }
  const spaces = {
    table: 'space',
    columns: 'id, name',
    where: { id: space },
    row: { id: crypto.randomUUID(), kind: 'playlist', name: 'Smuggled', owner_id: self },
  }
  const profileOf = (user_id: string) => ({
    table: 'profile',
    columns: 'display_name',
    where: { user_id },
    row: { user_id, display_name: 'Somebody' },
    set: { display_name: 'Somebody else' },
  })
  const targets: Record<string, Target> = {
    'profile-own': profileOf(self),
    'profile-of-owner': profileOf(owner),
    space: { ...spaces, set: { name: 'Renamed' } },
    'space-head': { ...spaces, set: { head_seq: 99 } },
    'space-owner': { ...spaces, set: { owner_id: self } },
    space_member: {
      ...ofSpace,
      table: 'space_member',
      columns: 'user_id, role',
      row: { space_id: space, user_id: self, role: 'owner' },
      set: { role: 'owner' },
    },
    space_update: {
      ...ofSpace,
      table: 'space_update',
      columns: 'seq',
      row: { space_id: space, seq: 99, client_id: crypto.randomUUID(), n: 1 },
      set: { n: 9 },
    },
    space_snapshot: {
      ...ofSpace,
      table: 'space_snapshot',
      columns: 'seq',
      row: { space_id: space, epoch: 0, seq: 99 },
      set: { seq: 9 },
    },
    space_invite: {
      ...ofSpace,
      table: 'space_invite',
      columns: 'id, email',
      row: {
        space_id: space,
        role: 'editor',
        created_by: self,
        expires_at: '2100-01-01T00:00:00Z',
      },
      set: { role: 'editor' },
    },
    'space_invite-hash': { ...ofSpace, table: 'space_invite', columns: 'token_hash', row: {}, set: {} },
  }
  const target = targets[subject]
  if (!target) throw new Error(`No table is called ${subject}.`)
  return target
}

/** The word for what came of calling a function. */
export async function tryFunction(scene: Scene, name: string, actor: Actor): Promise<string> {
  const answer = await scene.door.call(actor, name, argumentsOf(scene, name))
  if (!('code' in answer)) return 'done'
  return answer.detail ?? (answer.code === '42501' ? 'refused' : answer.code)
}

export function argumentsOf({ door, space, invite, addressed, doomed }: Scene, name: string): Row {
  const p_space = space
  const args: Record<string, Row> = {
    create_space: { p_id: crypto.randomUUID(), p_kind: 'playlist', p_name: 'Mine' },
    my_spaces: {},
    pull_updates: { p_space, p_since: 0 },
    pull_log: { p_space, p_epoch: 0, p_since: 0 },
    push_updates: {
      p_space,
      p_client: crypto.randomUUID(),
      p_updates: [{ n: pushed++, update: BYTES }],
    },
    exchange_updates: {
      p_space,
      p_epoch: 0,
      p_client: crypto.randomUUID(),
      p_updates: [{ n: pushed++, update: BYTES }],
      p_since: 0,
    },
    read_snapshot: { p_space },
    write_snapshot: { p_space, p_seq: 1, p_state: BYTES },
    space_moments: { p_space },
    read_checkpoint: { p_space, p_epoch: 0, p_at: 1 },
    space_members: { p_space },
    space_invites: { p_space },
    invite_to_space: { p_space, p_role: 'viewer' },
    revoke_invite: { p_invite: addressed },
    set_member_role: { p_space, p_user: door.people.viewer.userId, p_role: 'viewer' },
    remove_member: { p_space, p_user: door.people.removed.userId },
    // To oneself, which leaves everything as it is.
    transfer_space: { p_space, p_user: door.people.owner.userId },
    delete_space: { p_space: doomed },
    my_invites: {},
    invite_preview: { p_token: invite.token },
    accept_invite: { p_token: 'no such token' },
    accept_email_invite: { p_invite: addressed },
    decline_email_invite: { p_invite: addressed },
    spaces_to_compact: { p_entries: 1, p_bytes: 1, p_log_seconds: 1, p_trash_seconds: 1 },
    compaction_base: { p_space },
    compaction_tail: { p_space, p_epoch: 0, p_after: 0 },
    write_worker_snapshot: { p_space, p_epoch: 0, p_seq: 1, p_state: BYTES },
    begin_epoch: { p_space, p_epoch: 0, p_head: 1, p_state: BYTES },
    purge_log: { p_space, p_seconds: 0 },
    thin_history: { p_space, p_hourly_seconds: 0, p_daily_seconds: 0, p_weekly_seconds: 0, p_bytes: 0 },
  }
  const found = args[name]
  if (!found) throw new Error(`No arguments are known for ${name}.`)
  return found
}

/** `yes` or `no`. */
export async function tryTopic(
  { door, space }: Scene,
  pattern: string,
  action: string,
  actor: Actor,
): Promise<string> {
  const topic = pattern.replace('<id>', space).replace('<other>', crypto.randomUUID())
  const may =
    action === 'listen'
      ? await door.mayListen(actor, topic)
      : await door.maySpeak(actor, topic, action === 'speak' ? 'broadcast' : 'presence')
  return may ? 'yes' : 'no'
}
