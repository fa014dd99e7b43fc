/** The embedded backend in a process of its own, so that its work is not that of the devices. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalBackend } from '../../supabase/local/index.ts'
import { isQuestion } from './backend.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'segue-bench-'))
const { url, anonKey, close } = await startLocalBackend({
  dataDir,
  authRequestsPerMinute: 100_000,
  compaction: false,
})

process.on('message', (message) => {
  if (isQuestion(message)) process.send?.({ type: 'cpu', micros: cpuMicros() })
})
process.on('disconnect', async () => {
  await close()
  rmSync(dataDir, { recursive: true, force: true })
  process.exit()
})
process.send?.({ type: 'ready', url, anonKey })

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
