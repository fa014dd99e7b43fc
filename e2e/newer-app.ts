/**
 * A later version of the app: the same library with a larger schema, on a device of somebody who has an account. It
 * writes into a list what today's app does not know, and into a tune that is there already.
 *
 * `node e2e/newer-app.ts ORIGIN EMAIL PASSWORD LIST`
 */
import { createClient } from '@supabase/supabase-js'
import { column, defineSchema, segueTable, toSpaceId } from 'segue/crdt'
import { memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'

const { string, whole, stringSet } = column

const tune = segueTable('tune', {
  title: string('title').notNull(),
  tempo: whole('tempo_bpm'),
  moods: stringSet('moods'),
})
const recording = segueTable('recording', { tuneRef: string('tune_ref').notNull() })

const [origin = '', email = '', password = '', list = ''] = process.argv.slice(2)
const config = await (await fetch(new URL('/segue-config.json', origin))).json()
const supabase = createClient(config.supabaseUrl, config.supabaseAnonKey, { auth: { persistSession: false } })
const { data, error } = await supabase.auth.signInWithPassword({ email, password })
if (error) throw error

const segue = await Segue.open({
  schema: defineSchema({ tune, recording }),
  profile: data.user.id,
  sql: await initSqlJs(),
  device: memoryDevice,
  remote: { supabase, connectivity: { online: true, onChange: () => () => undefined } },
})
await segue.refreshSpaces()
await segue.sync?.sync()
const space = segue.space(toSpaceId(list))
if (!space) throw new Error(`Nobody has shared ${list} with ${email}.`)
const [known] = segue.db.select().from(tune).all()
if (!known) throw new Error(`${list} has no tune.`)
space.transact(() => {
  space.update(tune, known.id, { tempo: 112, moods: ['sad'] })
  space.insert(recording, { tuneRef: known.id })
})
await segue.sync?.sync()
await segue.destroy()
process.exit(0)
