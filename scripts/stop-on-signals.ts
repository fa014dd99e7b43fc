/** Something that runs until it is closed. */
interface Running {
  close(): Promise<void>
}

/**
 * Starts something, and closes it when the process is told to stop, also while it starts; the process ends with 0 then. A
 * second signal ends it at once.
 */
export function stopOnSignals<R extends Running>(
  start: () => Promise<R>,
): { readonly starting: Promise<R>; readonly isStopping: () => boolean } {
  let stopping = false
  const onSignal = () => {
    if (stopping) process.exit(130)
    stopping = true
    console.log('\nStopping …')
    starting
      .then((running) => running.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // Only now: a signal that nobody listens to ends the process and leaves behind what it had claimed.
  const starting = start()
  return { starting, isStopping: () => stopping }
}
