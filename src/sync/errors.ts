/** This device refuses to store edits. They live on in memory, and still sync. */
export class DeviceStorageError extends Error {
  readonly code: string
  readonly action: string

  constructor(cause: unknown) {
    const full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(full ? 'The storage of this device is full.' : `This device does not store data: ${reason}.`, {
      cause,
    })
    this.name = 'DeviceStorageError'
    this.code = full ? 'storage_full' : 'storage_unavailable'
    this.action = full
      ? 'Free up space, then reload. Until then keep this page open: edits are in memory and still sync.'
      : 'Leave private browsing or allow storage for this site. Until then edits last only while this page is open.'
  }
}

/** A space that this device does not hold. */
export class SpaceNotOpenError extends Error {
  readonly code = 'space_not_open'

  constructor(spaceId: string) {
    super(
      `The space ${spaceId} is not on this device. Ask its owner for an invite, or go online and try again.`,
    )
    this.name = 'SpaceNotOpenError'
  }
}
