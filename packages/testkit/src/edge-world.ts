import { sign } from 'node:crypto'
import {
  claimMapOf,
  PARTITIONS,
  partitionOf,
  type Checkpoint,
  type CheckpointRef,
  type ClaimMap,
  type Heartbeat,
  type JudgedToken,
  type Label,
  type Opening,
  type Revocation,
  type RevocationOrigin,
  type Subject,
} from '@freshet/domain'
import {
  REVOCATIONS_TOPIC,
  encodeClaimMap,
  encodeCheckpoint,
  encodeFreshetClaim,
  encodeRevocation,
  generateKey,
  importJwks,
  importSigningKey,
  recordsHash,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/events'
import { ACME_IDP, acmeRegistry } from './acme-registry.ts'
import { fakeLog, type FakeLog } from './fake-log.ts'
import { ManualClock } from './manual-clock.ts'

/** Issuer and audience of the tokens in {@link edgeWorld}. */
export const EDGE_ISSUER = 'https://tokens.acme.example'
export const EDGE_AUDIENCE = 'payments'

/** alice of acme, by her identity provider. */
export const ALICE: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }

/** The members of one heartbeat that differ from the world's defaults. */
export interface HeartbeatPlan {
  readonly partitions?: readonly number[]
  /** `through` by source, in wall time; default the present for all sources. `null` leaves it out. */
  readonly through?: Readonly<Record<string, number | null>>
  readonly minimumPv?: number
  /** Tenants with a current `through`; default acme. */
  readonly tenants?: readonly string[]
  /** The break-glass grants, at the present place of the control partition; default none, at 1,000. */
  readonly openings?: readonly Opening[]
  readonly next?: bigint
  readonly map?: ClaimMap
  readonly key?: SigningKey
  /** The `through` of sources, in place of `through` and `tenants`. */
  readonly stated?: Pick<Heartbeat, 'through' | 'groups'>
}

/** The members of a token that differ from the world's defaults. */
export interface TokenPlan {
  readonly label?: Label
  readonly pv?: number
  readonly header?: Readonly<Record<string, unknown>>
  readonly omitted?: JudgedToken['omitted']
  readonly scopedBy?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: SigningKey
}

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
    const { partitions = PARTITIONS, minimumPv = 0, key = world.checkpointKey } = plan
    const { openings, next: offset = 1_000n } = plan
    const map = plan.map ?? world.map
    for (const partition of partitions) {
      const base = heads.get(partition)?.base ?? { hash: '', offset: 0n }
      const { through, groups } = plan.stated ?? { through: throughOf(map, plan, clock.nowMs()) }
      const { version: mapVersion } = map
      const mapHash = encodeClaimMap(map).hash
      const next = { offset, lastRecordHash: null }
      const { foreignSinceMs, tokenLifeMaxMs } = world
      const since = foreignSinceMs === undefined ? {} : { foreignSinceMs }
      const covered = tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }
      const listed = groups === undefined ? {} : { groups }
      const said = {
        through,
        ...listed,
        minimumPv,
        ...since,
        mapVersion,
        mapHash,
        next,
        base,
        ...covered,
      }
      const heartbeat = openings === undefined ? said : { ...said, openings }
      await append(partition, [], { heartbeat }, key)
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
      ...originOf(change, partitionOf(ALICE), world.e, clock.nowMs()),
    }),
  }
  return world
}

/** The members that every revocation in the world has. */
export function originOf(
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

function throughOf(
  map: ClaimMap,
  { through = {}, tenants = ['acme'] }: HeartbeatPlan,
  nowMs: number,
): Heartbeat['through'] {
  const heard = sourcesIn(map, through, nowMs)
  return new Map(tenants.map((tenant) => [tenant, heard]))
}

function sourcesIn(
  map: ClaimMap,
  said: Readonly<Record<string, number | null>>,
  nowMs: number,
): ReadonlyMap<string, { atMs: number | null; state: 'complete' }> {
  const sources = [...map.leasesMs.keys()].flatMap((source) => {
    const atMs = said[source] === undefined ? nowMs : said[source]
    return atMs === null ? [] : [[source, { atMs, state: 'complete' as const }] as const]
  })
  return new Map(sources)
}

function tokenOf(plan: TokenPlan, jti: string, nowMs: number, key: SigningKey): string {
  const { label = { e: 1n, s: 100n, c: 100n }, pv = 1, omitted, scopedBy } = plan
  const { tenant, iss } = ALICE
  const iat = Math.floor(nowMs / 1_000)
  const signing = plan.key ?? key
  const payload = {
    iss: EDGE_ISSUER,
    sub: ALICE.sub,
    aud: EDGE_AUDIENCE,
    iat,
    exp: iat + 300,
    jti,
    client_id: 'payments-web',
    groups: ['payments-approvers', 'staff'],
    freshet: encodeFreshetClaim(
      label,
      { pv, tenant, ...(omitted && { omitted }), ...(scopedBy && { scopedBy }) },
      iss,
    ),
    ...plan.claims,
  }
  return signToken(
    { typ: 'at+jwt', alg: 'ES256', kid: signing.kid, ...plan.header },
    payload,
    signing,
  )
}

/** Any header over any payload, signed with ES256. */
export function signToken(header: unknown, payload: unknown, { key }: SigningKey): string {
  const part = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
