import { randomUUID } from 'node:crypto'
import type { Registry } from '@freshet/protocol'
import { incomingOf, type Authenticity, type LogWriter } from '@freshet/wire'
import { sourceKeysIn, type Versions, type VersionStore } from '@freshet/registry'
import {
  createIntake,
  REMEMBERED_MAX_MS,
  ReplayCache,
  requestsWithin,
  sourceSequence,
  sourceState,
  sourceStatus,
  UsedAssertions,
  type SourceBudgets,
} from '@freshet/intake'
import type { Kafka } from '@freshet/kafka'
import {
  postgresAuditLog,
  postgresErasureStore,
  postgresQuarantineStore,
  postgresReachStore,
  postgresRehearsalStore,
  postgresSourceStateStore,
  postgresSourceUseStore,
  postgresSourceViewStore,
  postgresStampStore,
  type Database,
} from '@freshet/postgres'
import { createReplayBudget, type ReplayParts } from '@freshet/reconciler'
import {
  randomHex,
  systemClock,
  OwnerTurns,
  UnprovenBodies,
  type Logger,
  type StampKeys,
} from '@freshet/runtime'
import { beginSpan, type WorkSpan } from '@freshet/telemetry'
import { adminsOf, type AdminOf, type VouchingConsole } from './orders/admins.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayDeps } from './routes.ts'
import { RefusedChanges } from './changes/refused-changes.ts'
import type { RequestKeys } from './changes/signed-request.ts'

/** The parts that the process has opened. */
export interface GatewayParts {
  readonly config: GatewayConfig
  readonly versions: VersionStore
  /** The versions that count. */
  readonly policy: Pick<Versions, 'current' | 'last' | 'of' | 'load'>
  /** The keys of stamps, as they are now. */
  readonly stamps: StampKeys
  /** Consoles that may vouch for people. */
  readonly consoles: readonly VouchingConsole[]
  /** Works for one tenant at a time: what sources send and ask. */
  readonly database: Database
  /** Works across tenants. */
  readonly everyone: Database
  readonly kafka: Kafka
  /** Appends what sources send. */
  readonly writer: LogWriter
  readonly logger: Logger
  /** True if requests get spans. Default: false. */
  readonly isTraced?: boolean
}

/** Most vouchers of one console that are remembered; each lives for a minute at most. */
const VOUCHERS_MAX = 100_000

/** Wires what the routes work with. */
export function gatewayDeps(parts: GatewayParts): GatewayDeps {
  const { config, versions, policy, database, everyone, writer, logger } = parts
  const store = postgresStampStore(database, everyone)
  const clock = systemClock
  const view = postgresSourceViewStore(database)
  const states = postgresSourceStateStore(database)
  const report = (error: unknown): void => logger.warn({ err: error }, 'sweep failed, will retry')
  const registry = (): Registry => policy.current().registry
  const intake = createIntake({
    get registry() {
      return registry()
    },
    store,
    writer,
    macKey: parts.stamps.making,
    limits: config.limits,
    timer: clock,
    report,
  })
  return {
    intake,
    sourceStatus: (source, tenant) =>
      sourceStatus({ registry: registry(), store, view, clock }, source, tenant),
    sourceSequence: (source, tenant) =>
      sourceSequence({ registry: registry(), store }, { source, tenant }),
    sourceState: (feed, after) =>
      sourceState({ registry: registry(), states, timer: clock }, feed, after),
    keys: requestKeys(parts, intake.budgets),
    turns: new OwnerTurns(),
    refused: new RefusedChanges(clock),
    get registry() {
      return registry()
    },
    versions,
    newestVersion: () => store.newestPolicyVersion(),
    // Also while the active version is missing: publishing is what helps then.
    currentVersion: policy.last,
    reach: postgresReachStore(everyone, config.issuer),
    audit: postgresAuditLog(database),
    erasures: postgresErasureStore(everyone),
    adminOf: adminOfParts(parts),
    clock,
    logger,
    replays: replaysOf(parts),
    replayBudget: createReplayBudget(clock),
    newOrder: () => randomUUID(),
    newTraceparent,
    beginSpan: parts.isTraced === true ? acceptSpan : undefined,
  }
}

function requestKeys(
  { config, policy, database }: GatewayParts,
  budgets: SourceBudgets,
): RequestKeys {
  // A gateway makes the stamps itself, so only sources prove themselves to it.
  const authenticity: Authenticity = {
    macKeys: [],
    sourceKeys: (source) => policy.current().sourceKeys(source),
    signers: (kid) => policy.current().signers(kid),
  }
  return {
    authenticity,
    url: config.url,
    clock: systemClock,
    budgets,
    replays: new ReplayCache(requestsWithin(config.limits, REMEMBERED_MAX_MS)),
    used: new UsedAssertions(postgresSourceUseStore(database)),
    unproven: new UnprovenBodies(systemClock),
    mustBind: (source) => policy.current().registry.sources.get(source)?.assertions === 'bound',
  }
}

function adminOfParts({ config, consoles }: GatewayParts): AdminOf {
  const { admins: tokens, url } = config
  return adminsOf({
    tokens,
    consoles,
    url,
    clock: systemClock,
    used: new ReplayCache(VOUCHERS_MAX),
  })
}

/** Parked records are decided here as the reconciler decides them: by its code, its keys, its policy. */
function replaysOf({ policy, stamps, everyone, kafka }: GatewayParts): ReplayParts {
  return {
    timer: systemClock,
    authenticate: (record, active) =>
      incomingOf(record, {
        macKeys: stamps.accepted(),
        ...sourceKeysIn(policy, active),
      }),
    registryOf: (pv, hash) => policy.of(pv, hash)?.registry,
    loadVersion: (version) => policy.load(version),
    store: postgresQuarantineStore(everyone),
    rehearsals: postgresRehearsalStore(everyone),
    reader: kafka.reader(),
    writer: kafka.writer(),
  }
}

function acceptSpan(parent: string | undefined): WorkSpan {
  const attributes = { 'http.request.method': 'POST', 'http.route': '/v1/changes' }
  return beginSpan('POST /v1/changes', { kind: 'server', parent, attributes, randomHex })
}

function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`
}
