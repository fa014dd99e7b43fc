const KEY = 'segue-local-tunes'

/** Whether somebody has used this device without an account, and has not brought that into an account yet. */
export const hasLocalTunes = (): boolean => localStorage.getItem(KEY) === 'kept'
export const noteLocalTunes = (): void => localStorage.setItem(KEY, 'kept')
export const forgetLocalTunes = (): void => localStorage.removeItem(KEY)
