import { expect, it } from 'vitest'
import { FUNCTION_PROMISES } from './promises.ts'

type Sql = (query: string) => Promise<Record<string, unknown>[]>

/** What the database itself says of grants: nothing is granted that no promise speaks of. */
export function catalogueContract(sql: () => Sql): void {
  it('every function that the API could call has a line among the promises', async () => {
    const rows = await sql()(
      `select proname as name from pg_proc where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype
       order by 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(FUNCTION_PROMISES.map(({ subject }) => subject).sort())
  })

  it('anonymous callers may execute nothing, in no schema of ours', async () => {
    const rows = await sql()(
      `select oid::regprocedure::text as name from pg_proc
       where pronamespace in ('public'::regnamespace, 'segue'::regnamespace) and has_function_privilege('anon', oid, 'execute')`,
    )
    expect(rows).toEqual([])
  })

  it('hidden functions are open only where policies and functions of the caller need them', async () => {
    const rows = await sql()(
      `select proname as name from pg_proc
       where pronamespace = 'segue'::regnamespace and has_function_privilege('authenticated', oid, 'execute')
       order by 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual([
      'base64_of',
      'caller_email',
      'history_start',
      'require_role',
      'role_in',
      'role_on_topic',
      'shares_a_space_with',
    ])
  })

  it('every function has a fixed search path', async () => {
    const rows = await sql()(
      `select oid::regprocedure::text as name from pg_proc
       where pronamespace in ('public'::regnamespace, 'segue'::regnamespace)
         and not coalesce('search_path=""' = any (proconfig), false)`,
    )
    expect(rows).toEqual([])
  })

  it('every table has row level security, and grants nothing but reading', async () => {
    const open = await sql()(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`,
    )
    expect(open).toEqual([])
    const grants = await sql()(
      `select table_name || ': ' || grantee || ' ' || privilege_type as granted
       from information_schema.role_table_grants
       where table_schema = 'public' and grantee in ('anon', 'authenticated', 'PUBLIC')
       order by 1`,
    )
    expect(grants.map(({ granted }) => granted)).toEqual([
      'profile: authenticated SELECT',
      'space: authenticated SELECT',
      'space_member: authenticated SELECT',
      'space_snapshot: authenticated SELECT',
      'space_update: authenticated SELECT',
    ])
  })

  it('columns that may be written are named', async () => {
    const rows = await sql()(
      `select table_name || '.' || column_name || ': ' || privilege_type as granted
       from information_schema.column_privileges
       where table_schema = 'public' and grantee in ('anon', 'authenticated', 'PUBLIC') and privilege_type <> 'SELECT'
       order by 1`,
    )
    expect(rows.map(({ granted }) => granted)).toEqual([
      'profile.display_name: INSERT',
      'profile.display_name: UPDATE',
      'profile.user_id: INSERT',
      'profile.user_id: UPDATE',
      'space.name: UPDATE',
    ])
  })

  it('accounts are out of reach', async () => {
    const rows = await sql()(
      `select role, has_table_privilege(role, 'auth.users', 'select') as may
       from unnest(array['anon', 'authenticated']) as role`,
    )
    expect(rows).toEqual([
      { role: 'anon', may: false },
      { role: 'authenticated', may: false },
    ])
  })
}
