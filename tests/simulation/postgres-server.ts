import { readdirSync, readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { keepingExitCode } from '../setup/exit-code.ts'
import { type Args, type Caller, type Server, ServerRefusal } from './server.ts'

const ROOT = new URL('../../supabase/', import.meta.url)

/** What Auth brings along, as far as the migrations use it. */
const AUTH = `
  create schema auth;
  create table auth.users (id uuid primary key, email text);
  create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
  create function auth.jwt() returns jsonb language sql stable as
    $$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;
`

/** The migrations themselves, in a Postgres of this process, called with the role and claims of the caller. */
export class PostgresServer implements Server {
  readonly #pg: PGlite

  private constructor(pg: PGlite) {
    this.#pg = pg
  }

  static async open(): Promise<PostgresServer> {
    const pg = await keepingExitCode(() => PGlite.create())
    const file = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
    await pg.exec(AUTH)
    await pg.exec(file('local/bootstrap.sql'))
    for (const name of readdirSync(new URL('migrations/', ROOT)).sort()) {
      if (name.endsWith('.sql')) await pg.exec(file(`migrations/${name}`))
    }
    return new PostgresServer(pg)
  }

  async addUser(userId: string, email: string): Promise<void> {
    await this.#pg.query('insert into auth.users (id, email) values ($1, $2)', [userId, email])
  }

  async call(caller: Caller, name: string, args: Args): Promise<unknown> {
    const [role, sub, email] =
      caller === 'worker' ? ['service_role', '', ''] : ['authenticated', caller.userId, caller.email]
    const claims = JSON.stringify({ sub, role, email })
    const named = Object.entries(args).map(([key, value]) => `${key} => ${literal(value)}`)
    try {
      // One message, so one transaction: the settings end with it.
      const results = await this.#pg.exec(`
        select set_config('role', ${literal(role)}, true), set_config('request.jwt.claim.sub', ${literal(sub)}, true),
          set_config('request.jwt.claims', ${literal(claims)}, true);
        select to_jsonb(public.${name}(${named.join(', ')})) as answer`)
      return results[1]?.rows[0]?.answer ?? null
    } catch (error) {
      if (!isRaised(error)) throw error
      throw new ServerRefusal(error.detail, error.message, error.hint ?? '')
    }
  }

  /** Deletes everything but the schema. */
  async clear(): Promise<void> {
    await this.#pg.exec('truncate auth.users cascade')
  }

  close(): Promise<void> {
    return keepingExitCode(() => this.#pg.close())
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `'${text.replaceAll("'", "''")}'`
}

function isRaised(error: unknown): error is Error & { detail: string; hint?: string } {
  return error instanceof Error && 'detail' in error && typeof error.detail === 'string'
}
