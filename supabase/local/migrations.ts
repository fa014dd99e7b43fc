import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { MigrationError } from './errors.ts'

const NAME = /^(\d{14})_(\w+)\.sql$/

/**
 * Applies what is new in a folder of migrations, oldest first, each in a transaction of its own, and remembers it
 * where the Supabase CLI does.
 *
 * @returns names of the migrations that ran
 * @throws {MigrationError} one failed; those before it stay
 */
export async function applyMigrations(database: PGlite, folder: string): Promise<string[]> {
  const { rows } = await database.query<{ version: string }>(
    'select version from supabase_migrations.schema_migrations',
  )
  const applied = new Set(rows.map(({ version }) => version))
  const ran: string[] = []
  for (const file of readdirSync(folder).sort()) {
    const [, version, name] = NAME.exec(file) ?? []
    if (version === undefined || applied.has(version)) continue
    const sql = readFileSync(join(folder, file), 'utf8')
    try {
      await database.transaction(async (transaction) => {
        await transaction.exec(sql)
        await transaction.query(
          'insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)',
          [version, name],
        )
      })
    } catch (cause) {
      throw new MigrationError(file, cause)
    }
    ran.push(file)
  }
  return ran
}
