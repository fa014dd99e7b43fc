/** Runs something that starts or ends Postgres in WASM, which sets the exit code: failed tests must not look passed. */
export async function keepingExitCode<T>(run: () => Promise<T>): Promise<T> {
  const { exitCode } = process
  try {
    return await run()
  } finally {
    process.exitCode = exitCode
  }
}
