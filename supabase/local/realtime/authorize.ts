import { randomUUID } from 'node:crypto'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Claims } from '../tokens.ts'

/** What the policies on `realtime.messages` allow somebody on one topic. */
export interface Access {
  readonly broadcast: boolean
  readonly presence: boolean
}

const EXTENSIONS = ['broadcast', 'presence'] as const
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Whether somebody may listen on a private topic: probe rows are put into `realtime.messages` and looked for with
 * their role and claims. Everything is rolled back.
 */
export function readAccess(pg: PGlite, claims: Claims, topic: string): Promise<Access> {
  return probe(pg, async (transaction) => {
    const ids = EXTENSIONS.map((extension) => ({ extension, id: randomUUID() }))
    for (const { extension, id } of ids) {
      await transaction.query('insert into realtime.messages (id, topic, extension) values ($1, $2, $3)', [
        id,
        topic,
        extension,
      ])
    }
    await actAs(transaction, claims, topic)
    const { rows } = await transaction.query<{ extension: string }>(
      'select extension from realtime.messages where id = any ($1::uuid[])',
      [ids.map(({ id }) => id)],
    )
    const seen = new Set(rows.map(({ extension }) => extension))
    return { broadcast: seen.has('broadcast'), presence: seen.has('presence') }
  })
}

/** Whether somebody may speak on a private topic: rows are inserted with their role and claims, and rolled back. */
export function writeAccess(pg: PGlite, claims: Claims, topic: string): Promise<Access> {
  return probe(pg, async (transaction) => {
    await actAs(transaction, claims, topic)
    const access = { broadcast: false, presence: false }
    for (const extension of EXTENSIONS) {
      await transaction.exec('savepoint probe')
      try {
        await transaction.query('insert into realtime.messages (topic, extension) values ($1, $2)', [
          topic,
          extension,
        ])
        access[extension] = true
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
      await transaction.exec('rollback to savepoint probe')
    }
    return access
  })
}

async function probe(pg: PGlite, look: (transaction: Transaction) => Promise<Access>): Promise<Access> {
  return pg.transaction(async (transaction) => {
    const access = await look(transaction)
    await transaction.rollback()
    return access
  })
}

async function actAs(transaction: Transaction, claims: Claims, topic: string): Promise<void> {
  await transaction.query(
    `select set_config('role', $1, true), set_config('realtime.topic', $2, true),
       set_config('request.jwt.claims', $3, true), set_config('request.jwt.claim.sub', $4, true),
       set_config('request.jwt.claim.role', $1, true)`,
    [claims.role, topic, claims.json, claims.sub ?? ''],
  )
}

const isRefusal = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === INSUFFICIENT_PRIVILEGE
