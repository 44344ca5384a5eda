import {
  changePartitions,
  EVERY_TENANT,
  OWN_SOURCE,
  PARTITIONS,
  type AccountChange,
  type Change,
  type ChangeOrigin,
  type ClaimChange,
  type Registry,
  type Subject,
} from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  encodeHeartbeat,
  encodeHeartbeats,
  readIncoming,
  stampRecord,
  type LogRecord,
  type OutgoingRecord,
} from '@freshet/wire'
import type { ReachStore, SourceStateStore, SourceViewStore } from '@freshet/intake'
import type {
  IncarnationStore,
  MarkStore,
  PublisherStore,
  RecordContext,
  RecorderStore,
} from '@freshet/reconciler'
import type { ManualClock } from '@freshet/testing'
import { ACME_IDP, acmeRegistry } from '../acme-registry.ts'

/** A token of the ledger, as far as marking looks at it. */
export interface PlantedToken {
  readonly jti: string
  readonly subject: string
  readonly claims: readonly string[]
  readonly e: bigint
  readonly s: bigint
  readonly c: bigint
  readonly actors?: readonly string[]
  readonly actorPositions?: readonly bigint[]
  readonly client?: string
  readonly kid?: string
  readonly sid?: string
  readonly pv?: number
  readonly valueScopes?: readonly string[]
}

/** A recorder's store and what a test may do behind its back. */
export interface RecorderUnderTest {
  readonly store: RecorderStore
  /** The positions of the same state. */
  readonly incarnations: IncarnationStore
  readonly marks: MarkStore
  /** The sources' and operators' view of recorded changes. */
  readonly view: SourceViewStore
  /** The statements of sources, as each source can read its own. */
  readonly states: SourceStateStore
  readonly reach: ReachStore
  /** A publisher's view of the same state. */
  readonly publisher: PublisherStore
  /** Everything that decides, canonically: equal states give equal lists. */
  digest(): Promise<readonly string[]>
  /** Change rows as `partition id outcome marked`, sorted. */
  changes(): Promise<readonly string[]>
  /** Outbox rows in order, as `topic partition change`. */
  outbox(): Promise<readonly string[]>
  /** Entries of the audit in order, as `kind ref by`. */
  audited(): Promise<readonly string[]>
  /** Denials as `kind target recordedAtMs end change`, sorted; the end is `open` where it is not known. */
  denials(): Promise<readonly string[]>
  /** Stamps as `source id partition number acknowledged`, sorted. */
  stamps(): Promise<readonly string[]>
  /** Sets every partition back, as a restore of an older progress would, or another incarnation. */
  setProgress(to: { readonly nextOffset?: bigint; readonly e?: bigint }): Promise<void>
  /** Marks that are not made yet. */
  marksLeft(): Promise<number>
  /** A mark of a tenant that concerns no token. */
  plantMark(tenant: string): Promise<void>
  plantToken(token: PlantedToken): Promise<void>
  /** Keeps the last report of an edge. */
  plantEdge(edge: string, state: 'live' | 'closing', reportedAtMs: number): Promise<void>
  /** Stale tokens as `jti reason change`, sorted. */
  stale(): Promise<readonly string[]>
  /** Returns the time of each stale token's mark, as `jti ms`, sorted. */
  staleSince(): Promise<readonly string[]>
}

export const AMY: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'amy' }
export const BEN: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'ben' }

const MAC_KEY = new Uint8Array(32).fill(7)
/** Hash that activations of this world name. */
export const ACME_HASH: string = 'A'.repeat(43)

/** A change topic in memory: every change lands in its partitions, numbered per feed. */
export interface ChangeTopic {
  /** Appends a change; `copyOf` appends the same record once more at a later offset. */
  put(change: Change): void
  putAgain(change: Change): void
  /** Appends what is proven to be of the source and cannot be read. */
  putUnreadable(change: ClaimChange | AccountChange): void
  /** Appends what is proven to be of the source, and of which not even the subject can be read. */
  putGarbage(change: ClaimChange): void
  /** A heartbeat of a source into every partition, counting what was appended so far. */
  putHeartbeat(source: string, throughMs: number): void
  /** The same for several tenants by one record in each partition. */
  putHeartbeats(source: string, throughMs: number, tenants: readonly string[]): void
  activate(pv: number, minimum?: number): void
  records(partition: number): readonly LogRecord[]
}

/** Makes an empty change topic. */
export function changeTopic(clock: ManualClock): ChangeTopic {
  const logs = PARTITIONS.map((): LogRecord[] => [])
  const numbers = new Map<string, bigint>()
  const stamped = new Map<string, OutgoingRecord>()
  const append = (partition: number, record: OutgoingRecord): void => {
    const log = logs[partition] ?? []
    const at = { topic: CHANGES_TOPIC, partition, offset: BigInt(log.length) }
    log.push({ ...record, ...at, appendedAtMs: clock.nowMs() })
  }
  const number = (change: ChangeOrigin, partition: number): bigint => {
    const feed = `${change.tenant} ${change.source} ${partition}`
    const next = (numbers.get(feed) ?? 0n) + 1n
    numbers.set(feed, next)
    return next
  }
  const put = (change: Change, record: OutgoingRecord = encodeChange(change)): void => {
    for (const partition of changePartitions(change)) {
      const stamp = { partition, number: number(change, partition) }
      const made = stampRecord(record, stamp, MAC_KEY)
      stamped.set(`${change.id} ${partition}`, made)
      append(partition, made)
    }
  }
  return {
    put: (change) => put(change),
    putAgain(change) {
      for (const partition of changePartitions(change)) {
        const made = stamped.get(`${change.id} ${partition}`)
        if (made) append(partition, made)
      }
    },
    putUnreadable(change) {
      const record = encodeChange(change)
      const text = new TextDecoder().decode(record.value ?? new Uint8Array())
      const broken = text.replace(`"${change.op}"`, '"explode"')
      put(change, { ...record, value: new TextEncoder().encode(broken) })
    },
    putGarbage(change) {
      put(change, {
        ...encodeChange(change),
        key: null,
        value: new TextEncoder().encode('no JSON'),
      })
    },
    putHeartbeat(source, throughMs) {
      for (const partition of PARTITIONS) {
        const last = numbers.get(`acme ${source} ${partition}`) ?? 0n
        const heartbeat = { kind: 'heartbeat', tenant: 'acme', source, throughMs, last } as const
        append(
          partition,
          stampRecord(encodeHeartbeat(heartbeat), { partition, number: 0n }, MAC_KEY),
        )
      }
    },
    putHeartbeats(source, throughMs, tenants) {
      for (const partition of PARTITIONS) {
        const lastOf = (tenant: string): bigint =>
          numbers.get(`${tenant} ${source} ${partition}`) ?? 0n
        const last = new Map(tenants.map((tenant) => [tenant, lastOf(tenant)]))
        const record = encodeHeartbeats({ source, throughMs, last })
        append(partition, stampRecord(record, { partition, number: 0n }, MAC_KEY))
      }
    },
    activate(pv, minimum = 0) {
      const origin = { tenant: EVERY_TENANT, source: OWN_SOURCE, id: `activate-${pv}` }
      const sourceVersion = { epoch: 0n, n: BigInt(pv) }
      const activation = { kind: 'activate', pv, hash: ACME_HASH, minimum } as const
      put({ ...origin, ...activation, occurredAtMs: clock.nowMs(), sourceVersion })
    },
    records: (partition) => logs[partition] ?? [],
  }
}

/** The parts that recording needs, over a store. Registries of every version up to `loaded` are loaded. */
export function recordContext(
  store: RecorderStore,
  clock: ManualClock,
  registries: ReadonlyMap<number, Registry> = new Map([[1, acmeRegistry()]]),
): RecordContext {
  return {
    store,
    timer: clock,
    issuer: 'https://tokens.acme.example',
    authenticate: (record) => readIncoming(record, { macKeys: [MAC_KEY], sourceKeys: () => [] }),
    registryOf: (pv, hash) => (hash === ACME_HASH ? registries.get(pv) : undefined),
  }
}

const AT_MS = 1_795_514_400_000

/** A change of `groups` of a subject by `hr`. */
export function groupsChange(
  id: string,
  subject: Subject,
  statement: {
    readonly op: ClaimChange['op']
    readonly values?: readonly string[]
    readonly n: number
  },
): ClaimChange {
  return {
    kind: 'claim',
    tenant: 'acme',
    source: 'hr',
    id,
    subject,
    claim: 'groups',
    op: statement.op,
    values: statement.values ?? [],
    sourceVersion: { epoch: 0n, n: BigInt(statement.n) },
    occurredAtMs: AT_MS + statement.n,
  }
}

/** The origin of a change of `hr` without a claim. */
export function hrOrigin(id: string, n: number): ChangeOrigin {
  const sourceVersion = { epoch: 0n, n: BigInt(n) }
  return { tenant: 'acme', source: 'hr', id, sourceVersion, occurredAtMs: AT_MS + n }
}
