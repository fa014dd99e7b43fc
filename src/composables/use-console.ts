import { QueryError, type SqlTable } from 'segue/bridge'
import { useSegue } from 'segue/vue'
import { computed, ref, shallowRef } from 'vue'
import { useRoute } from 'vue-router'
import { recall, remember } from '../stores/device-memory.ts'

/** Rows shown at once. */
const SHOWN = 200
const REMEMBERED = 20
const HISTORY = 'segue:console'

/** What a query answered. */
export interface ConsoleAnswer extends SqlTable {
  readonly sql: string
  readonly ms: number
}

/** One SQLite table, and the columns it has. */
export interface ConsoleTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/**
 * A console over the mirror: queries typed by a person, what they answered, and those typed before. A link to it may
 * bring a query along (`?sql=`), which waits until somebody runs it.
 */
export function useConsole() {
  const { mirror } = useSegue()
  const typed = recall(HISTORY)
  const history = ref<string[]>(Array.isArray(typed) ? typed.filter((each) => typeof each === 'string') : [])
  const { sql: asked } = useRoute().query
  const text = ref(typeof asked === 'string' ? asked : (history.value[0] ?? ''))
  const answer = shallowRef<ConsoleAnswer>()
  const steps = shallowRef<ReturnType<typeof mirror.plan>>()
  const problem = ref('')

  /** Runs something that a query may refuse, and says so. */
  function attempt(work: () => void): void {
    problem.value = ''
    answer.value = undefined
    steps.value = undefined
    try {
      work()
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      problem.value = error.message
    }
  }

  function run(): void {
    const sql = text.value.trim()
    if (sql === '') return
    attempt(() => {
      const started = performance.now()
      const table = mirror.table(sql, SHOWN)
      answer.value = { ...table, sql, ms: performance.now() - started }
    })
    history.value = [sql, ...history.value.filter((each) => each !== sql)].slice(0, REMEMBERED)
    remember(HISTORY, history.value)
  }

  function explain(): void {
    const sql = text.value.trim()
    if (sql === '') return
    attempt(() => {
      steps.value = mirror.plan(sql)
    })
  }

  function forget(): void {
    history.value = []
    remember(HISTORY, undefined)
  }

  const tables = computed<ConsoleTable[]>(() => {
    const rows = mirror.query(
      `SELECT t.name AS table_name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' ORDER BY t.name LIKE 'segue!_%' ESCAPE '!', t.name, c.cid`,
    )
    const names = [...new Set(rows.map((row) => String(row.table_name)))]
    return names.map((name) => ({
      name,
      columns: rows
        .filter((row) => row.table_name === name)
        .map((row) => ({ name: String(row.name), type: String(row.type) })),
    }))
  })

  return { text, answer, steps, problem, history, tables, run, explain, forget }
}
