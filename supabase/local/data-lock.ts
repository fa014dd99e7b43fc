import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataInUseError } from './errors.ts'

/** Folders that this process itself has claimed. */
const held = new Set<string>()

/**
 * Claims a data folder for this process: PGlite does not refuse a second one, and two would corrupt it.
 *
 * A claim that a dead process left behind is taken over.
 *
 * @returns the way to give it back
 * @throws {DataInUseError} a living process holds it
 */
export function lockData(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'running.pid')
  const claim = () => writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
  try {
    claim()
  } catch (error) {
    if (!isNodeError(error, 'EEXIST')) throw error
    const pid = Number(readFileSync(path, 'utf8'))
    // In a container every start may get the same id: then the claim is of an earlier life of ours.
    const isOther = pid === process.pid ? held.has(path) : isAlive(pid)
    if (isOther) throw new DataInUseError(dataDir, pid)
    rmSync(path)
    claim()
  }
  held.add(path)
  return () => {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isNodeError(error, 'EPERM')
  }
}

export const isNodeError = (error: unknown, code: string): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && error.code === code
