import type { SupabaseClient } from '@supabase/supabase-js'
import { LogApi } from './log-api.ts'
import { PrivateChannel } from './private-channel.ts'
import type { Remote } from './remote.ts'
import { callFunction } from './rpc.ts'

/** A Supabase project with Segue's migrations, through the client of the signed-in person. */
export const supabaseRemote = (supabase: SupabaseClient): Remote => ({
  log: new LogApi((name, args) => callFunction(supabase, name, args)),
  openChannel: (topic, listener) => new PrivateChannel({ supabase, topic, ...listener }),
})
