import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Backend {
  readonly url: string
  readonly anonKey: string
  /** Processor time that the backend has used so far, in seconds. */
  cpuSeconds(): Promise<number>
  close(): Promise<void>
}

type Answer =
  | { readonly type: 'ready'; readonly url: string; readonly anonKey: string }
  | { readonly type: 'cpu'; readonly micros: number }

/** Starts the embedded backend in a child process. */
export async function startBackend(): Promise<Backend> {
  const child = fork(fileURLToPath(new URL('./backend-process.ts', import.meta.url)))
  const ready = await answer(child, 'ready')
  return {
    url: ready.url,
    anonKey: ready.anonKey,
    cpuSeconds: async () => {
      const asked = answer(child, 'cpu')
      child.send({ type: 'cpu' })
      return (await asked).micros / 1e6
    },
    close: async () => {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

export const isQuestion = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'cpu'

function answer<T extends Answer['type']>(
  child: ChildProcess,
  type: T,
): Promise<Extract<Answer, { type: T }>> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`The backend ended with ${code}.`))
    const hear = (message: Answer) => {
      if (!isOf(message, type)) return
      child.off('message', hear)
      child.off('exit', gone)
      resolve(message)
    }
    child.on('message', hear)
    child.once('exit', gone)
  })
}

const isOf = <T extends Answer['type']>(message: Answer, type: T): message is Extract<Answer, { type: T }> =>
  message.type === type
