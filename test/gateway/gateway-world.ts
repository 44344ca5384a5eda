import { sign } from 'node:crypto'
import { PARTITIONS, type Clock, type Registry } from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  readIncoming,
  type Incoming,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import {
  createIntake,
  ReplayCache,
  REMEMBERED_MAX_MS,
  requestsWithin,
  SOURCE_LIMITS,
  sourceSequence,
  sourceState,
  sourceStatus,
  type ErasureStore,
  UsedAssertions,
  type SourceLimits,
} from '@freshet/intake'
import {
  memoryAuditLog,
  MemoryDatabase,
  memoryQuarantineStore,
  memoryReachStore,
  memoryRehearsalStore,
  memorySourceUseStore,
  memorySourceStateStore,
  memorySourceViewStore,
  memoryStampStore,
  memoryVersionStore,
} from '@freshet/memory'
import { createReplayBudget, REPLAY_WAIT_MS } from '@freshet/reconciler'
import {
  adminTokenHash,
  createLogger,
  OwnerTurns,
  UnprovenBodies,
  type createApp,
  type OnRefusal,
} from '@freshet/runtime'
import {
  acmeRegistry,
  ManualClock,
  plannedWriter,
  TEST_MAC_KEY,
  type PlannedWriter,
} from '@freshet/testkit'
import { conforming } from '../setup/conforming-app.ts'
import { ACTIVE_HASH, quarantinedBefore, type QuarantinedBefore } from './quarantine-reader.ts'
import { adminsOf, type VouchingConsole } from '../../services/gateway/src/orders/admins.ts'
import { addOpenApi } from '../../services/gateway/src/openapi.ts'
import { RefusedChanges } from '../../services/gateway/src/changes/refused-changes.ts'
import { GATEWAY_BODIES } from '../../services/gateway/src/orders/registry-versions.ts'
import { addGatewayRoutes } from '../../services/gateway/src/routes.ts'
import { routesApp } from '../setup/routes-app.ts'

export const URL_OF_GATEWAY = 'http://gateway.test'
export const STRUCTURED = 'application/cloudevents+json'
export const FRESH_TRACE: string = `00-${'f'.repeat(32)}-${'e'.repeat(16)}-01`

/** Each role is also the token of an admin with that role. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export const ISSUER_OF_TOKENS = 'https://tokens.acme.example'

/** The differences of a request from a structured event with a new assertion. */
export interface Sent {
  readonly path?: string
  readonly type?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer of the gateway. */
export interface GatewayAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** The gateway's routes over memory, with the keys of its sources and a broker that the test controls. */
export interface GatewayWorld {
  readonly app: ReturnType<typeof createApp>
  readonly clock: ManualClock
  readonly writer: PlannedWriter
  readonly database: MemoryDatabase
  /** Text and bytes are sent as they are, everything else as JSON. */
  post(source: string, body: unknown, sent?: Sent): Promise<GatewayAnswer>
  /** Returns a compact JWS of a source. */
  jws(source: string, header: object, payload: object): string
  /** Returns a bearer assertion of a source, with other claims and further members in its header if given. */
  assertion(source: string, more?: object, header?: object): string
  /** Reads a partition as the reconciler does. */
  read(partition: number): Promise<readonly Incoming[]>
  /** See {@link QuarantinedBefore}. */
  readonly quarantine: QuarantinedBefore['quarantine']
  /** Reads the quarantine topic. */
  readonly quarantineReader: QuarantinedBefore['reader']
  /** Returns the number of records on the topic. */
  produced(): number
}

interface SourceKeys {
  readonly signing: SigningKey
  readonly verify: readonly VerifyKey[]
}

const keyring = Promise.all(
  ['hr', 'iga', 'security'].map(async (source) => {
    const { privateJwk, publicJwk } = await generateKey('ES256', `${source}-1`)
    const verify = importJwks({ keys: [publicJwk] })
    return [source, { signing: importSigningKey(privateJwk), verify }] as const
  }),
)

/** The differences from the defaults. */
export interface GatewayWorldOptions {
  readonly limits?: SourceLimits
  readonly registry?: Registry
  /** The stored state of the product. Default: empty. */
  readonly database?: MemoryDatabase
  /** By how much the broker's clock is behind that of the gateway. Default: not at all. */
  readonly brokerBehindMs?: number
  /** Default: none. */
  readonly consoles?: readonly VouchingConsole[]
  readonly onRefusal?: OnRefusal
  /** The key of stamps. Default: that of tests. */
  readonly macKey?: () => Uint8Array
}

/** Creates one with an empty topic. */
export async function gatewayWorld(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
  const keys = new Map<string, SourceKeys>(await keyring)
  const clock = new ManualClock()
  const writer = plannedWriter(() => clock.nowMs() - (options.brokerBehindMs ?? 0))
  const logger = createLogger('test', 'silent')
  const { limits = SOURCE_LIMITS, registry = acmeRegistry() } = options
  const { database = new MemoryDatabase(), consoles = [], macKey = () => TEST_MAC_KEY } = options
  const store = memoryStampStore(database, clock)
  const view = memorySourceViewStore(database)
  const states = memorySourceStateStore(database)
  // No reconciler records here: a waiting caller lets the time pass.
  const timer = { ...timerOf(clock), sleep: async (ms: number) => clock.advance(ms) }
  const parts = { registry, store, writer, macKey, limits, timer: clock }
  const intake = createIntake(parts)
  const app = routesApp({
    logger,
    clock,
    bodyBytesMax: GATEWAY_BODIES,
    ...(options.onRefusal && { onRefusal: options.onRefusal }),
  })
  const authenticity = {
    macKeys: [TEST_MAC_KEY],
    sourceKeys: (source: string) => keys.get(source)?.verify ?? [],
    signers: (kid: string) =>
      [...keys].flatMap(([source, { verify }]) =>
        verify.filter((key) => key.kid === kid).map((key) => ({ source, key })),
      ),
  }
  const keyless = { identityProviderKeys: () => [], clientKeys: () => [], policyTexts: new Map() }
  const { sourceKeys, signers } = authenticity
  const version = { registry, hash: ACTIVE_HASH, sourceKeys, signers, ...keyless }
  const quarantined = quarantinedBefore(database, () => clock.nowMs())
  let orders = 0
  addGatewayRoutes(app, {
    intake,
    keys: {
      authenticity,
      url: URL_OF_GATEWAY,
      clock,
      budgets: intake.budgets,
      replays: new ReplayCache(requestsWithin(limits, REMEMBERED_MAX_MS)),
      used: new UsedAssertions(memorySourceUseStore(database)),
      unproven: new UnprovenBodies(clock),
      mustBind: (source) => registry.sources.get(source)?.assertions === 'bound',
    },
    turns: new OwnerTurns(),
    refused: new RefusedChanges(clock),
    sourceStatus: (source, tenant) =>
      sourceStatus({ registry, store, view, clock }, source, tenant),
    sourceSequence: (source, tenant) => sourceSequence({ registry, store }, { source, tenant }),
    sourceState: (feed, after) => sourceState({ registry, states, timer }, feed, after),
    registry,
    versions: memoryVersionStore(database),
    newestVersion: () => store.newestPolicyVersion(),
    currentVersion: () => version,
    reach: memoryReachStore(database, ISSUER_OF_TOKENS),
    audit: memoryAuditLog(database),
    erasures: plannedErasures(database),
    adminOf: adminsOf({
      tokens: ROLES.map((role) => ({ name: role, role, hash: adminTokenHash(role) })),
      consoles,
      url: URL_OF_GATEWAY,
      clock,
      used: new ReplayCache(1_000),
    }),
    clock,
    logger,
    replays: {
      // No reconciler records here: a waiting caller lets the time pass.
      timer: { ...timerOf(clock), sleep: () => clock.advance(REPLAY_WAIT_MS) },
      authenticate: (record) => readIncoming(record, authenticity),
      registryOf: (pv, hash) => (pv === 1 && hash === ACTIVE_HASH ? registry : undefined),
      store: memoryQuarantineStore(database),
      rehearsals: memoryRehearsalStore(database),
      reader: quarantined.reader,
      writer,
    },
    replayBudget: createReplayBudget(clock),
    newOrder: () => `order-${(orders += 1)}`,
    newTraceparent: () => FRESH_TRACE,
  })
  addOpenApi(app)
  conforming(app, addOpenApi)
  const voice = voiceOf(keys, clock)
  return {
    app,
    clock,
    writer,
    database,
    ...voice,
    quarantine: (change) => quarantined.quarantine(change),
    quarantineReader: quarantined.reader,
    post: (source, body, sent = {}) => post(app, voice.assertion, { source, body, ...sent }),
    read: (partition) =>
      Promise.all(writer.records(partition).map((record) => readIncoming(record, authenticity))),
    produced: () => PARTITIONS.flatMap((partition) => writer.records(partition)).length,
  }
}

/** Erases every subject except two; the database's own erasure has tests on a real one. */
function plannedErasures(database: MemoryDatabase): ErasureStore {
  return {
    async erase({ sub }, entryOf) {
      if (sub === 'nobody') return { kind: 'unknown' }
      if (sub === 'employed') return { kind: 'not-deleted' }
      await memoryAuditLog(database).append([entryOf(2)])
      return { kind: 'erased', rows: { claims: 2 } }
    },
  }
}

function timerOf(clock: ManualClock): Clock {
  return { nowMs: () => clock.nowMs(), monotonicMs: () => clock.monotonicMs() }
}

function voiceOf(
  keys: ReadonlyMap<string, SourceKeys>,
  clock: ManualClock,
): Pick<GatewayWorld, 'jws' | 'assertion'> {
  let ids = 0
  const jws: GatewayWorld['jws'] = (source, header, payload) => {
    const { signing } = keys.get(source) ?? {}
    if (signing === undefined) throw new Error(`no key of ${source}`)
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const input = `${part({ alg: 'ES256', kid: signing.kid, ...header })}.${part(payload)}`
    const options = { key: signing.key, dsaEncoding: 'ieee-p1363' } as const
    return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
  }
  const assertion: GatewayWorld['assertion'] = (source, more = {}, header = {}) => {
    const exp = Math.floor(clock.nowMs() / 1000) + 30
    ids += 1
    const claims = { iss: source, sub: source, aud: URL_OF_GATEWAY, exp, jti: `jti-${ids}` }
    return jws(source, header, { ...claims, ...more })
  }
  return { jws, assertion }
}

async function post(
  app: GatewayWorld['app'],
  assertion: GatewayWorld['assertion'],
  sent: Sent & { readonly source: string; readonly body: unknown },
): Promise<GatewayAnswer> {
  const { body } = sent
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const response = await app.request(sent.path ?? '/v1/changes', {
    method: 'POST',
    headers: {
      'content-type': sent.type ?? STRUCTURED,
      authorization: `Bearer ${sent.token ?? assertion(sent.source)}`,
      ...sent.headers,
    },
    body: isRaw ? (body as string) : JSON.stringify(body),
  })
  const { status, headers } = response
  return { status, headers, body: (await response.json()) as Record<string, unknown> }
}
