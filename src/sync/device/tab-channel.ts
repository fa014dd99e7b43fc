/** One space's line between the tabs of a browser. */
export interface TabChannel {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  close(): void
}

export function browserTabChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(name)
  return {
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      channel.onmessage = ({ data }: MessageEvent<unknown>) => listener(data)
    },
    close: () => channel.close(),
  }
}
