/** Something that runs until it is closed. */
interface Running {
  close(): Promise<void>
}

/**
 * Closes what is running, or still starting, when the process is told to stop, and ends the process with 0. A second
 * signal ends it at once.
 *
 * @returns whether that has begun
 */
export function stopOnSignals(starting: Promise<Running>): () => boolean {
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
  return () => stopping
}
