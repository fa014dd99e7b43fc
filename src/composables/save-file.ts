/** Offers bytes or text as a file to keep: its parts, one after the other. */
export function saveFile(
  name: string,
  parts: readonly (Uint8Array<ArrayBuffer> | string)[],
  type: string,
): void {
  const address = URL.createObjectURL(new Blob([...parts], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
