import type { Connector, Hint } from '@freshet/connect'
import { outboxConnector } from '@freshet/connectors'
import type { SourceConnection } from '@freshet/protocol'
import { systemClock as timer } from '@freshet/runtime'

/** The keys that one pass gave, or `touched-all`, and its end. */
export interface Pass {
  readonly keys: readonly string[]
  readonly cursor: string
  readonly startedMs: number
}

/** Returns the connector of the outbox in a database, with the password of the URL as its secret. */
export function outboxOf(
  databaseUrl: string,
  options: Readonly<Record<string, string>> = {},
  changed: Partial<SourceConnection> = {},
): Connector {
  const url = new URL(databaseUrl)
  const password = decodeURIComponent(url.password)
  url.password = ''
  const connection: SourceConnection = {
    kind: 'outbox',
    at: url.href,
    tenant: 'acme',
    settleMs: 100,
    intervalMs: 20,
    compareMs: 60_000,
    subject: { iss: 'https://id.acme.example', sub: '/key' },
    account: false,
    claims: new Map(),
    options: new Map(Object.entries(options)),
    ...changed,
  }
  return outboxConnector(connection, { timer, secret: () => Promise.resolve(password) })
}

/** Begins to follow the hints of a connector. */
export function follow(
  connector: Connector,
  cursor: string | undefined,
  { signal }: AbortController,
): AsyncIterator<Hint> {
  const hints = connector.hints?.(cursor, signal)
  if (hints === undefined) throw new Error('no hints')
  return hints[Symbol.asyncIterator]()
}

/** Reads hints to the end of a pass. */
export async function pass(hints: AsyncIterator<Hint>): Promise<Pass> {
  const keys: string[] = []
  for (;;) {
    const { value, done } = await hints.next()
    if (done === true) throw new Error('the hints ended')
    const hint: Hint = value
    if (hint.kind === 'drained') return { keys, ...hint }
    keys.push(hint.kind === 'touched' ? hint.key : hint.kind)
  }
}
