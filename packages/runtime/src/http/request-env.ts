import type { IncomingMessage } from 'node:http'

/** The data that an application gets beside a request. */
export interface RequestEnv {
  /** The request as it came: its target is not decoded, its socket has the address of the peer. */
  readonly incoming: IncomingMessage
  /** The wait of the request until it was taken up. */
  readonly waitedMs: number | undefined
  /** Called before the answer is sent. The next request of a refused connection waits behind those of others. */
  readonly onAnswered: (wasRefused: boolean) => void
}
