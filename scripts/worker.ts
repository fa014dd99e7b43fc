/** Compacts a Supabase project, for ever or once. Options: `npm run worker -- --help`. */
import { parseArgs } from 'node:util'
import {
  type CompactionPolicy,
  DEFAULT_POLICY,
  runRound,
  type SpaceResult,
  startWorker,
  summaryOf,
  WorkerError,
} from '../supabase/worker/index.ts'

const HELP = `
Keeps the log and the documents of a Supabase project small: writes snapshots, begins epochs, purges.

  npm run worker -- --url https://<ref>.supabase.co [--once]

  --url            the project                          or SUPABASE_URL
  --service-key    the key of its service role          or SUPABASE_SERVICE_ROLE_KEY, which other people on this
                                                        machine cannot read in the list of processes
  --once           one round, then exit: for cron; 1 when anything failed
  --every          minutes between two rounds (5)
  --log-days       how long updates stay in the log (${DEFAULT_POLICY.logRetentionMs / 86_400_000})
  --trash-days     how long removed rows can be restored (${DEFAULT_POLICY.tombstoneRetentionMs / 86_400_000})
  --history-days   how long older states of a space can be looked at and restored (${DEFAULT_POLICY.history.weeklyMs / 86_400_000})
`

const DAY = 86_400_000

class UsageError extends Error {}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0)
    throw new UsageError(`--${name} must be a number above 0, not "${text}".`)
  return number
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: process.env.SUPABASE_URL ?? '' },
      'service-key': { type: 'string', default: process.env.SUPABASE_SERVICE_ROLE_KEY ?? '' },
      once: { type: 'boolean', default: false },
      every: { type: 'string' },
      'log-days': { type: 'string' },
      'trash-days': { type: 'string' },
      'history-days': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { url, 'service-key': serviceKey, once } = values
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError('Pass the address of the project: --url https://<ref>.supabase.co, or SUPABASE_URL.')
  if (serviceKey === '')
    throw new UsageError(
      'Pass the key of the service role in SUPABASE_SERVICE_ROLE_KEY, or with --service-key.',
    )
  const { history } = DEFAULT_POLICY
  const historyMs = DAY * positive('history-days', values['history-days'], history.weeklyMs / DAY)
  const policy: CompactionPolicy = {
    ...DEFAULT_POLICY,
    logRetentionMs: DAY * positive('log-days', values['log-days'], DEFAULT_POLICY.logRetentionMs / DAY),
    tombstoneRetentionMs:
      DAY * positive('trash-days', values['trash-days'], DEFAULT_POLICY.tombstoneRetentionMs / DAY),
    history: {
      ...history,
      hourlyMs: Math.min(history.hourlyMs, historyMs),
      dailyMs: Math.min(history.dailyMs, historyMs),
      weeklyMs: historyMs,
    },
  }
  return { url, serviceKey, once, policy, everyMs: 60_000 * positive('every', values.every, 5) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (isUsage || error instanceof WorkerError || error instanceof UsageError) return error.message
  return error.stack ?? error.message
}

function print(result: SpaceResult): void {
  for (const line of summaryOf(result)) console.log(line)
}

async function main(): Promise<void> {
  const options = readOptions()
  if (!options) {
    console.log(HELP)
    return
  }
  const { once, ...rest } = options
  if (once) {
    const onResult = (result: SpaceResult) => {
      print(result)
      if (result.state === 'failed') process.exitCode = 1
    }
    await runRound({ ...rest, onResult }, new AbortController().signal)
    return
  }
  const onError = (error: unknown) => console.error(messageOf(error))
  const worker = startWorker({ ...rest, onResult: print, onError })
  console.log(`Compacting ${rest.url} every ${rest.everyMs / 60_000} minutes. Ctrl-C stops.`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.close())
}

try {
  await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
