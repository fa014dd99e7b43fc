import { recall, remember } from './device-memory.ts'

const KEY = 'segue-local-tunes'

/** Whether somebody has used this device without an account, and has not brought that into an account yet. */
export const hasLocalTunes = (): boolean => recall(KEY) === true
export const noteLocalTunes = (): void => remember(KEY, true)
export const forgetLocalTunes = (): void => remember(KEY, undefined)
