import {
  claimMapOf,
  PARTITIONS,
  partitionOf,
  type CheckpointRef,
  type ClaimMap,
  type Heartbeat,
  type Revocation,
  type RevocationOrigin,
} from '@freshet/protocol'
import { ManualClock } from '@freshet/testing'
import {
  BatchPublisher,
  createKeyPair,
  fakeLog,
  heartbeatOf,
  type FakeLog,
  type HeartbeatPlan,
} from '@freshet/testing/parts'
import {
  encodeClaimMap,
  encodeRevocation,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { acmeRegistry } from '../acme-registry.ts'
import { ALICE, EDGE_ISSUER, tokenOf, type TokenPlan } from './edge-token.ts'

/** A publisher, an authority and their log in memory: all that an edge meets. */
export interface EdgeWorld {
  readonly clock: ManualClock
  readonly log: FakeLog
  /** Announced by `begin`, and named by heartbeats that name no other. */
  map: ClaimMap
  /** The time since which foreign tokens count, for heartbeats; absent: none does. */
  foreignSinceMs?: number
  /** T_max, as heartbeats state it; absent: nothing, as publishers of older versions. */
  tokenLifeMaxMs?: number
  readonly keys: {
    readonly tokens: readonly VerifyKey[]
    readonly checkpoints: readonly VerifyKey[]
  }
  readonly tokenKey: SigningKey
  /** Signs every checkpoint that names no other key. */
  checkpointKey: SigningKey
  /** By how much the broker's clock is ahead of that of the edge. Default: not at all. */
  brokerAheadMs: number
  /** Raises the incarnation of everything published from now on. */
  e: bigint
  /** A root, the claim map and a heartbeat in every partition. */
  begin(): Promise<void>
  /** From now on heartbeats name the latest checkpoints as base; earlier records may go. */
  moveBase(): void
  /** The next publication begins a new tree: a republish after a loss or a revoked key. */
  newRoot(): void
  /** One batch with its checkpoint, without a heartbeat. */
  publish(partition: number, revocations: readonly Revocation[], key?: SigningKey): Promise<void>
  /** Any records as one batch, signed. */
  publishRecords(partition: number, records: readonly OutgoingRecord[]): Promise<void>
  heartbeat(plan?: HeartbeatPlan): Promise<void>
  announce(map: ClaimMap): Promise<void>
  /** Advances time in steps, with a heartbeat after each. */
  liveFor(ms: number, plan?: HeartbeatPlan): Promise<void>
  token(plan?: TokenPlan): string
  /** A revocation of alice's groups by a change at `offset` of her partition. */
  groupsLost(offset: bigint, change?: string): Revocation
}

const STEP_MS = 1_000

/** Makes a world. Publications go to `writer` if one is given, else to the world's log. */
export async function edgeWorld(
  clock: ManualClock = new ManualClock(),
  writer?: LogWriter,
): Promise<EdgeWorld> {
  const tokens = await createKeyPair('ES256', 'token-1')
  const checkpoints = await createKeyPair('EdDSA', 'checkpoint-1')
  const log = fakeLog(PARTITIONS.length, () => clock.nowMs() + world.brokerAheadMs)
  const publisher = new BatchPublisher(writer ?? log)
  let jti = 0
  const append = (
    partition: number,
    records: readonly OutgoingRecord[],
    key = world.checkpointKey,
  ): Promise<void> => publisher.append({ partition, records, e: world.e, key })
  const sendHeartbeat = async (plan: HeartbeatPlan = {}): Promise<void> => {
    const { partitions = PARTITIONS, key = world.checkpointKey } = plan
    const heartbeat = (base: CheckpointRef): Heartbeat => heartbeatOf(world, plan, base)
    for (const partition of partitions)
      await publisher.append({ partition, records: [], e: world.e, key, heartbeat })
  }
  const world: EdgeWorld = {
    clock,
    log,
    map: claimMapOf(acmeRegistry()),
    keys: { tokens: [tokens.verify], checkpoints: [checkpoints.verify] },
    tokenKey: tokens.signing,
    checkpointKey: checkpoints.signing,
    brokerAheadMs: 0,
    e: 1n,
    heartbeat: sendHeartbeat,
    async begin() {
      for (const partition of PARTITIONS) await append(partition, [])
      await world.announce(world.map)
      await sendHeartbeat()
    },
    moveBase: () => publisher.moveBase(),
    newRoot: () => publisher.newRoot(),
    publish: (partition, revocations, key = world.checkpointKey) => {
      const records = revocations.map((each) => encodeRevocation(each, { issuer: EDGE_ISSUER }))
      return append(partition, records, key)
    },
    publishRecords: (partition, records) => append(partition, records),
    announce: (map) => append(0, [encodeClaimMap(map).record]),
    async liveFor(ms, plan) {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        await clock.advance(STEP_MS)
        await sendHeartbeat(plan)
        await clock.advance(0)
      }
    },
    token(plan = {}) {
      jti += 1
      return tokenOf(plan, `jti-${jti}`, clock.nowMs(), tokens.signing)
    },
    groupsLost: (offset, change = 'hr-1') => ({
      scope: 'subject',
      subject: ALICE,
      claims: new Map([['groups', { offset, values: null }]]),
      ...originInWorld(change, partitionOf(ALICE), world.e, clock.nowMs()),
    }),
  }
  return world
}

/** The members that every revocation in the world has. */
export function originInWorld(
  change: string,
  partition: number,
  e: bigint,
  nowMs: number,
): RevocationOrigin {
  const times = { occurredAtMs: nowMs, issuedAtMs: nowMs }
  return { id: `set-${change}`, change, tenant: 'acme', e, partition, ...times }
}
