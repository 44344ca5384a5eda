import { hash } from 'node:crypto'
import { runConnection, type FreshetPort } from '@freshet/connect'
import { memoryScimStore } from '@freshet/memory'
import type { Change, Source, SourceConnection } from '@freshet/protocol'
import { createApp, createLogger, serveHttp, systemClock as timer } from '@freshet/runtime'
import type { ScimStore } from '@freshet/scim'
import { until } from '../../packages/cli/src/demo/until.ts'
import { connectedStore } from '../../services/connect/src/scim/scim-connections.ts'
import { addScimRoutes, scimBodies } from '../../services/connect/src/scim/scim-endpoint.ts'

const TOKEN = 'a-token-of-the-provisioner'
const WITHIN_MS = 10_000

/** The routes of SCIM on a memory store, with an engine whose changes the test answers. */
export interface ServedEndpoint {
  readonly url: string
  readonly token: string
  readonly store: ScimStore
  /** The changes that the gateway has accepted, in their order. */
  readonly accepted: Change[]
  /** Lets the gateway wait with its answers until the returned function is called. */
  hold(): () => void
  /** Ends the engine, as a younger process does. */
  supersede(): void
  stop(): Promise<void>
}

/** Starts it on an empty store, or on one of before. `onSend` is called with changes before the gateway answers. */
export async function serveEndpoint(
  onSend: (changes: readonly Change[]) => Promise<void> | void = () => {},
  store: ScimStore = memoryScimStore(),
): Promise<ServedEndpoint> {
  const ending = new AbortController()
  const working = new AbortController()
  const accepted: Change[] = []
  let answers = Promise.resolve()
  const connection: SourceConnection = {
    kind: 'scim',
    at: 'http://127.0.0.1',
    tenant: 'acme',
    settleMs: 0,
    intervalMs: 50,
    compareMs: 600_000,
    subject: { iss: 'https://id.acme.example', sub: '/userName' },
    account: true,
    claims: new Map([['teams', { each: '/groups/*/display', others: 'keep' as const }]]),
    options: new Map([['tokenSha256', hash('sha256', TOKEN)]]),
  }
  const of = { source: { id: 'okta' } as Source, connection }
  const { connector, ...endpoint } = connectedStore(of, store, timer)
  const logger = createLogger('test', 'silent')
  const app = createApp({
    logger,
    clock: timer,
    checks: {},
    signal: ending.signal,
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    bodyBytesMax: scimBodies([endpoint]),
  })
  addScimRoutes(app, { endpoints: [endpoint], timer, logger })
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0 })
  const freshet: FreshetPort = {
    beginEpoch: () => Promise.resolve({ epoch: 1n }),
    async send(changes) {
      await onSend(changes)
      await answers
      accepted.push(...changes)
    },
    heartbeat: () => Promise.resolve(),
    async *states() {},
    throughMs: () => Promise.resolve(timer.nowMs()),
  }
  const engine = runConnection(
    {
      source: 'okta',
      connection,
      heartbeatMs: 100,
      leaseMs: 5_000,
      removalShare: 0.2,
      connector,
      freshet,
      timer,
      onEvent: () => {},
    },
    AbortSignal.any([ending.signal, working.signal]),
  )
  const url = `${server.url}/scim/okta/acme/v2`
  await until('an epoch', WITHIN_MS, () => connector.deliver([]).then(() => true))
  return {
    url,
    token: TOKEN,
    store,
    accepted,
    hold() {
      let release = (): void => {}
      answers = new Promise((resolve) => (release = resolve))
      return () => release()
    },
    supersede: () => working.abort(),
    async stop() {
      ending.abort()
      await engine
      await server[Symbol.asyncDispose]()
    },
  }
}
