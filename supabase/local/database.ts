import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { App } from '@supabase/lite'
import { PgliteConnection } from '@supabase/lite/pglite'
import { Kysely } from 'kysely'
import { BrokenDataError, LocalBackendError } from './errors.ts'
import { exclusiveDialect } from './exclusive-dialect.ts'
import type { Mailbox } from './mailbox.ts'
import { applyMigrations } from './migrations.ts'
import type { Secrets } from './secrets.ts'

/** Postgres in this process, with Auth and REST on top of it. */
export interface Database {
  readonly pg: PGlite
  /** Answers requests below /auth/v1 and /rest/v1. */
  readonly api: App
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly dataDir: string
  readonly migrationsDir: string
  readonly siteUrl: string
  readonly secrets: Secrets
  readonly mailbox: Mailbox
}

/**
 * Opens the database of a data folder, brings its schema up to date and puts the API on it.
 *
 * @throws {BrokenDataError} the folder holds something else than a database of this version
 * @throws {MigrationError}  a migration failed
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const folder = join(options.dataDir, 'postgres')
  const version = join(folder, 'PG_VERSION')
  if (existsSync(folder) && !existsSync(version)) {
    throw new BrokenDataError(
      options.dataDir,
      new Error('there is a folder "postgres" without a database in it'),
    )
  }
  const connection = new PgliteConnection({ url: folder })
  const pg = connection.driver
  try {
    await pg.waitReady
    await pg.query('select 1')
  } catch (cause) {
    throw new BrokenDataError(options.dataDir, cause)
  }
  const close = async () => {
    if (!pg.closed) await pg.close()
  }
  try {
    const api = await openApi(connection, options)
    await pg.exec(readFileSync(new URL('./bootstrap.sql', import.meta.url), 'utf8'))
    await applyMigrations(pg, options.migrationsDir)
    return { pg, api, close }
  } catch (cause) {
    await close()
    throw cause instanceof LocalBackendError ? cause : new BrokenDataError(options.dataDir, cause)
  }
}

async function openApi(connection: PgliteConnection, options: DatabaseOptions): Promise<App> {
  // One session, many callers: its transactions must exclude each other.
  connection.kysely = new Kysely({ dialect: exclusiveDialect(connection.driver) })
  // Left to itself it would grant every table to the API roles at the first request and undo the migrations' revokes.
  Reflect.set(connection, 'rlsState', 'active')
  const { secrets, siteUrl, mailbox } = options
  const api = new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: secrets.jwtSecret,
      jwt_expiry: 3600,
      site_url: siteUrl,
      additional_redirect_urls: [siteUrl],
      minimum_password_length: 8,
    },
    options: {
      server: { admin: false, disableStudio: true, disableFallback: true },
      drivers: { email: mailbox },
    },
  })
  await api.ensureSystemSchema()
  await api.init()
  return api
}
