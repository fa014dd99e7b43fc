/** This device refuses to store edits. They live on in memory, and still sync. */
export class DeviceStorageError extends Error {
  readonly code: string
  readonly action: string

  constructor(cause: unknown, says = explain(cause)) {
    super(says.message, { cause })
    this.name = new.target.name
    this.code = says.code
    this.action = says.action
  }
}

/** Some of what this device had stored cannot be read any more. It was set aside; the rest is there. */
export class DamagedStorageError extends DeviceStorageError {
  /** @param count  how many stored updates were set aside */
  constructor(count: number) {
    super(undefined, {
      code: 'storage_damaged',
      message: `${count} of the edits stored on this device cannot be read.`,
      action: 'They were set aside. What the server has of them comes back with the next sync.',
    })
  }
}

function explain(cause: unknown): { code: string; message: string; action: string } {
  if (cause instanceof DOMException && cause.name === 'QuotaExceededError') {
    return {
      code: 'storage_full',
      message: 'The storage of this device is full.',
      action:
        'Free up space, then reload. Until then keep this page open: edits are in memory and still sync.',
    }
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return {
    code: 'storage_unavailable',
    message: `This device does not store data: ${reason}.`,
    action:
      'Leave private browsing or allow storage for this site. Until then edits last only while this page is open.',
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

/** A space whose document has not arrived from the device's storage. Nothing was changed. */
export class SpaceLoadingError extends Error {
  readonly code = 'space_loading'

  constructor() {
    super('This space is still being read from the device. Try again in a moment.')
    this.name = 'SpaceLoadingError'
  }
}

/** Told when a device refuses to store, or has lost something; with nothing once it stores again. */
export type OnHealth = (problem: DeviceStorageError | undefined) => void
