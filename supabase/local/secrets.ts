import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { BrokenDataError } from './errors.ts'

/** Keys of one installation. The anon key may be public; the others never leave this machine. */
export interface Secrets {
  readonly jwtSecret: string
  readonly anonKey: string
  readonly serviceKey: string
}

const FILE = 'secrets.json'

/**
 * Reads the secrets of a data folder, making them the first time; readable by their owner only.
 *
 * @throws {BrokenDataError} the file holds something else
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, FILE)
  const jwtSecret = existsSync(path) ? readSecret(dataDir, path) : randomBytes(48).toString('base64url')
  if (!existsSync(path)) writeFileSync(path, `${JSON.stringify({ jwtSecret })}\n`, { mode: 0o600 })
  return {
    jwtSecret,
    anonKey: await apiKey(jwtSecret, 'anon'),
    serviceKey: await apiKey(jwtSecret, 'service_role'),
  }
}

function readSecret(dataDir: string, path: string): string {
  const stored = parsed(readFileSync(path, 'utf8'))
  if (typeof stored === 'object' && stored !== null && 'jwtSecret' in stored) {
    const { jwtSecret } = stored
    if (typeof jwtSecret === 'string' && jwtSecret.length >= 32) return jwtSecret
  }
  throw new BrokenDataError(dataDir, new Error(`there is no secret in ${FILE}`))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const apiKey = (secret: string, role: 'anon' | 'service_role') =>
  new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('segue-local')
    .setIssuedAt(0)
    .setExpirationTime('100y')
    .sign(new TextEncoder().encode(secret))
