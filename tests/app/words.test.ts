import { AuthApiError, AuthRetryableFetchError } from '@supabase/supabase-js'
import { folded } from 'segue/bridge'
import { InvalidRowError } from 'segue/crdt'
import { SignedOutError } from 'segue/supabase'
import { expect, test } from 'vitest'
import { describeError } from '../../src/composables/describe-error.ts'
import { fieldProblems } from '../../src/composables/field-problems.ts'
import { syncWords } from '../../src/composables/sync-words.ts'
import { authProblem } from '../../src/stores/auth-problem.ts'

test('a wrong password, too many tries and no network each say what to do', () => {
  const wrong = authProblem(new AuthApiError('Invalid login credentials', 400, 'invalid_credentials'))
  expect(wrong.message).toMatch(/do not belong together/)
  expect(wrong.action).not.toBe('')
  const limited = authProblem(new AuthApiError('slow down', 429, 'over_request_rate_limit'))
  expect(limited.action).toMatch(/Wait a minute/)
  expect(authProblem(new AuthRetryableFetchError('Failed to fetch', 0)).code).toBe('offline')
  expect(authProblem(new AuthApiError('User already registered', 422, 'user_already_exists')).action).toBe(
    'Sign in instead.',
  )
})

test('errors of our own rooms keep their words', () => {
  expect(describeError(new SignedOutError())).toMatchObject({
    code: 'signed_out',
    message: 'You are signed out.',
  })
})

test('an error nobody foresaw still says what to do', () => {
  expect(describeError(new Error('boom'))).toMatchObject({ code: 'unknown', message: 'boom' })
  expect(describeError(new Error('boom')).action).not.toBe('')
})

test('a refused row is told beneath its fields, another error is not swallowed', () => {
  const refused = new InvalidRowError('tune', [{ column: 'release_year', message: 'must be a whole number' }])
  expect(fieldProblems(refused)).toEqual({ release_year: 'Must be a whole number.' })
  expect(() => fieldProblems(new Error('boom'))).toThrow('boom')
})

test('the status says “Synced” only when it is, and counts what waits', () => {
  expect(syncWords({ state: 'synced', at: '2026-01-01T00:00:00Z' }).label).toBe('Synced')
  expect(syncWords({ state: 'offline', pending: 1 }).label).toBe('Offline · 1 edit waiting')
  expect(syncWords({ state: 'offline', pending: 0 }).label).toBe('Offline')
  expect(syncWords({ state: 'syncing', pending: 12 }).label).toBe('Syncing 12 edits')
  expect(syncWords({ state: 'local' }).label).toBe('On this device only')
  const failed = {
    state: 'error',
    pending: 2,
    code: 'forbidden',
    message: 'You may only look.',
    action: 'Ask.',
  } as const
  expect(syncWords(failed)).toMatchObject({ label: 'Edits were refused', detail: 'You may only look. Ask.' })
})

test('searching finds Irish titles without their accents and with any apostrophe', () => {
  expect(folded('Sí Bheag, Sí Mhór')).toBe('si bheag, si mhor')
  expect(folded('Cooley’s')).toBe(folded("cooley's"))
})
