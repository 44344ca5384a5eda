import {
  claimMapOf,
  PARTITIONS,
  partitionOf,
  type Checkpoint,
  type CheckpointRef,
  type ClaimMap,
  type Revocation,
  type RevocationOrigin,
} from '@freshet/protocol'
import {
  REVOCATIONS_TOPIC,
  encodeClaimMap,
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  importJwks,
  importSigningKey,
  recordsHash,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { acmeRegistry } from '../acme-registry.ts'
import { heartbeatOf, type HeartbeatPlan } from './edge-heartbeat.ts'
import { ALICE, EDGE_ISSUER, tokenOf, type TokenPlan } from './edge-token.ts'
import { fakeLog, type FakeLog } from '../log/fake-log.ts'
import { ManualClock } from '../manual-clock.ts'

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

interface Head {
  last: CheckpointRef | null
  base: CheckpointRef | undefined
}

const STEP_MS = 1_000

/** Makes a world. Publications go to `writer` if one is given, else to the world's log. */
export async function edgeWorld(
  clock: ManualClock = new ManualClock(),
  writer?: LogWriter,
): Promise<EdgeWorld> {
  const tokens = await pairOf('ES256', 'token-1')
  const checkpoints = await pairOf('EdDSA', 'checkpoint-1')
  const log = fakeLog(PARTITIONS.length, () => clock.nowMs())
  const heads = new Map<number, Head>(PARTITIONS.map((p) => [p, { last: null, base: undefined }]))
  let jti = 0
  let roots = 0
  const append = async (
    partition: number,
    records: readonly OutgoingRecord[],
    checkpoint: Pick<Checkpoint, 'heartbeat'>,
    key: SigningKey,
  ): Promise<void> => {
    const head = heads.get(partition) ?? { last: null, base: undefined }
    const { hash, record } = await encodeCheckpoint(
      {
        ...checkpoint,
        e: world.e,
        partition,
        generation: 1n,
        previous: head.last?.hash ?? null,
        ...(head.last === null ? { nonce: `root-${partition}-${(roots += 1)}` } : {}),
        count: records.length,
        recordsHash: recordsHash(records),
      },
      key,
    )
    const batch = [...records, record]
    const { baseOffset } = await (writer ?? log).append(REVOCATIONS_TOPIC, partition, batch)
    head.last = { hash, offset: baseOffset + BigInt(records.length) }
    head.base ??= head.last
  }
  const beat = async (plan: HeartbeatPlan = {}): Promise<void> => {
    const { partitions = PARTITIONS, key = world.checkpointKey } = plan
    for (const partition of partitions) {
      const base = heads.get(partition)?.base ?? { hash: '', offset: 0n }
      await append(partition, [], { heartbeat: heartbeatOf(world, plan, base) }, key)
    }
  }
  const world: EdgeWorld = {
    clock,
    log,
    map: claimMapOf(acmeRegistry()),
    keys: { tokens: [tokens.verify], checkpoints: [checkpoints.verify] },
    tokenKey: tokens.signing,
    checkpointKey: checkpoints.signing,
    e: 1n,
    heartbeat: beat,
    async begin() {
      for (const partition of PARTITIONS) await append(partition, [], {}, world.checkpointKey)
      await world.announce(world.map)
      await beat()
    },
    moveBase: () => {
      for (const head of heads.values()) head.base = head.last ?? undefined
    },
    newRoot: () => {
      for (const head of heads.values()) {
        head.last = null
        head.base = undefined
      }
    },
    publish: (partition, revocations, key = world.checkpointKey) => {
      const records = revocations.map((each) => encodeRevocation(each, { issuer: EDGE_ISSUER }))
      return append(partition, records, {}, key)
    },
    publishRecords: (partition, records) => append(partition, records, {}, world.checkpointKey),
    announce: (map) => append(0, [encodeClaimMap(map).record], {}, world.checkpointKey),
    async liveFor(ms, plan) {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        await clock.advance(STEP_MS)
        await beat(plan)
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

async function pairOf(
  alg: 'ES256' | 'EdDSA',
  kid: string,
): Promise<{ readonly signing: SigningKey; readonly verify: VerifyKey }> {
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const [verify] = importJwks({ keys: [publicJwk] })
  if (verify === undefined) throw new Error('a set of one key is empty')
  return { signing: importSigningKey(privateJwk), verify }
}
