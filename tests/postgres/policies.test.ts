import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { catalogueContract } from '../policies/catalogue.ts'
import { policyContract } from '../policies/contract.ts'
import { makeScene, type Scene } from '../policies/scene.ts'
import { connect } from './server.ts'
import { type SqlDoor, sqlDoor } from './sql-door.ts'

let door: SqlDoor
let scene: Scene

beforeAll(async () => {
  door = await sqlDoor(inject('postgresPort'))
  scene = await makeScene(door)
})
afterAll(() => door.close())

describe('in SQL', () => policyContract(() => scene))
describe('grants', () => catalogueContract(() => door.sql))

describe('the owner of the schema', () => {
  it('is no superuser: the migrations need none', async () => {
    const [row] = await door.sql(`select rolsuper from pg_roles where rolname = 'postgres'`)
    expect(row).toEqual({ rolsuper: false })
    const owners = await door.sql(
      `select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace`,
    )
    expect(owners).toEqual([{ owner: 'postgres' }])
  })

  it('new tables and functions are nobody’s until a migration says whose', async () => {
    const client = await connect(inject('postgresPort'), 'postgres')
    await client.query('begin')
    await client.query('create table public.just_made (id int)')
    await client.query('create function public.just_made() returns int language sql as $$ select 1 $$')
    const { rows } = await client.query(
      `select role, has_table_privilege(role, 'public.just_made', 'select') as reads,
         has_function_privilege(role, 'public.just_made()', 'execute') as calls
       from unnest(array['anon', 'authenticated']) as role`,
    )
    await client.query('rollback')
    await client.end()
    expect(rows).toEqual([
      { role: 'anon', reads: false, calls: false },
      { role: 'authenticated', reads: false, calls: false },
    ])
  })
})

describe('an account that is deleted', () => {
  it('leaves a shared space to the editor of longest standing, and takes a library along', async () => {
    const [owner, editor] = [door.people.owner.userId, door.people.editor.userId]
    await door.call('owner', 'create_space', { p_id: crypto.randomUUID(), p_kind: 'library', p_name: '' })
    const auth = await connect(inject('postgresPort'), 'supabase_auth_admin')
    await auth.query('delete from auth.users where id = $1', [owner])
    await auth.end()
    expect(await door.sql('select owner_id from public.space where id = $1', [scene.space])).toEqual([
      { owner_id: editor },
    ])
    expect(await door.call('editor', 'space_members', { p_space: scene.space })).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ userId: editor, role: 'owner' })]),
    })
    expect(await door.sql('select from public.space where owner_id = $1', [owner])).toEqual([])
  })
})
