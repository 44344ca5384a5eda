import {
  trustIn,
  type Checkpoint,
  type FollowEvent,
  type PartitionFollower,
} from '@freshet/protocol'
import { boundsOf, read, type Answer } from './broker.ts'
import { startOf, type EdgeStart } from './edge-start.ts'
import {
  FAULTS_MS,
  LEASE_MS,
  PARTITIONS,
  REFUSED_AFTER_MS,
  SILENT_START_MS,
  TOKEN_LIFE_MS,
  TOLERANCE_MS,
} from './mix.ts'
import { isLongLost } from './oracle.ts'
import { signaturesOf } from './signatures.ts'
import { digest, FEED_OF, SILENT_FEED, type ClaimSource, type Entry, type Row } from './record.ts'
import type { Steps } from './schedule.ts'
import { EPOCH_MS, isFaulty, note, realMs, violate, type Token, type World } from './world.ts'
import { elementAt } from './element.ts'

/** The last time at which an edge could call a token fresh, by partition; it outlives the edge's restarts. */
export interface EdgeRecord {
  readonly at: number
  readonly freshAtMs: number[]
  /** The time at which it was first fresh after the faults ended, by partition. */
  readonly healedAtMs: number[]
  /** The partitions in which it has caught up since its last start. */
  caughtUp: readonly boolean[]
}

/** An edge's memory, which a restart clears. */
interface Memory {
  readonly record: EdgeRecord
  readonly starts: readonly EdgeStart[]
  readonly followers: PartitionFollower<Row>[]
  readonly positions: number[]
  readonly leaderEpochs: number[]
  readonly watermarks: Map<string, Row>
  readonly denied: Set<string>
  /** Checkpoints whose batches it has applied since its start, by partition. */
  readonly applied: readonly Set<string>[]
  keys: { newest: number; revokedBelow: number }
  keysAtMs: number
  /** The latest list by partition and source, for the weaker rules of lists. */
  readonly lists: Map<string, readonly string[]>
}

/** A partition with the tenant whose tokens are judged there, and its place in an edge's record. */
export interface Place {
  readonly partition: number
  readonly owner: ClaimSource
  readonly slot: number
}

/** Returns all of them. */
export function placesOf({ mix }: World): readonly Place[] {
  const owners = mix.neighbour ? (['hr', 'neighbour'] as const) : (['hr'] as const)
  return owners.flatMap((owner, at) =>
    PARTITIONS.slice(1).map((partition) => {
      return { partition, owner, slot: at * PARTITIONS.length + partition }
    }),
  )
}

const TENANT_NAMES = ['acme', 'globex', 'initech']

/** One edge: it follows every partition and continuously judges every token. */
export function* edge(world: World, record: EdgeRecord): Steps {
  const { steps, faults } = world.random
  let memory = startEdge(world, record)
  let isRestarted = false
  for (;;) {
    yield steps.between(10, 60)
    if (!isRestarted && world.schedule.nowMs > SILENT_START_MS) {
      isRestarted = true
      memory = startEdge(world, record)
    }
    if (isFaulty(world) && faults.chance(world.mix.edgeRestart)) {
      note(world, 'edge-restart')
      memory = startEdge(world, record)
    }
    if (isFaulty(world) && faults.chance(0.004)) yield faults.between(1_000, 6_000)
    refreshKeys(world, memory)
    poll(world, memory, steps.pick(PARTITIONS))
    ask(world, memory)
  }
}

function startEdge(world: World, record: EdgeRecord): Memory {
  const { newest, revokedBelow } = currentKeys(world)
  const isSigned = (entry: Entry): boolean =>
    world.signer.verify(entry, { newest, revokedBelow }) === 'valid'
  const starts = PARTITIONS.map((partition) => startOf(world, partition, isSigned))
  return {
    record,
    starts,
    followers: starts.map((start, partition) => follower(world, partition, start)),
    positions: starts.map(({ base, bounds }) =>
      Number(base === undefined ? bounds.earliest : base.offset + 1n),
    ),
    leaderEpochs: world.revocations.map(({ leaderEpoch }) => leaderEpoch),
    watermarks: new Map(),
    denied: new Set(),
    applied: PARTITIONS.map(() => new Set()),
    keys: { newest, revokedBelow },
    keysAtMs: world.schedule.nowMs,
    lists: new Map(),
  }
}

function follower(
  world: World,
  partition: number,
  { bounds, base }: EdgeStart,
): PartitionFollower<Row> {
  const { PartitionFollower: Follower } = world.rules.decisions
  return new Follower<Row>({
    partition,
    bounds,
    start: base,
    leaseMs: LEASE_MS,
    nowMonoMs: world.schedule.nowMs,
    digest,
    limits: world.rules.follow,
  })
}

function currentKeys(world: World): { newest: number; revokedBelow: number } {
  // A key is in the key set for one cache lifetime before it signs.
  return { newest: world.signer.kid + 1, revokedBelow: world.signer.revokedBelow }
}

function refreshKeys(world: World, memory: Memory): void {
  if (world.schedule.nowMs - memory.keysAtMs < 2_000) return
  const before = memory.keys.revokedBelow
  memory.keys = currentKeys(world)
  memory.keysAtMs = world.schedule.nowMs
  if (memory.keys.revokedBelow === before) return
  for (const partition of PARTITIONS) handle(world, memory, partition, { kind: 'key-revoked' })
}

function poll(world: World, memory: Memory, partition: number): void {
  const nowMonoMs = world.schedule.nowMs
  const leaderEpoch = world.revocations[partition]?.leaderEpoch ?? 0
  if (memory.leaderEpochs[partition] !== leaderEpoch)
    handle(world, memory, partition, { kind: 'reconnect' })
  memory.leaderEpochs[partition] = leaderEpoch
  const answer = read(world, partition, memory.positions[partition] ?? 0)
  if (answer.lost !== null) {
    handle(world, memory, partition, { kind: 'offset-lost', bounds: answer.lost, nowMonoMs })
    return
  }
  memory.positions[partition] = answer.next
  for (const event of eventsOf(world, memory, answer.entries))
    handle(world, memory, partition, event)
  if (answer.isEnd)
    handle(world, memory, partition, { kind: 'end-reached', nextOffset: BigInt(answer.next) })
  handle(world, memory, partition, { kind: 'tick', nowMonoMs })
}

/**
 * Returns the events of the records that were read at once. In a path of checkpoints only the signature of
 * the last is verified.
 */
function eventsOf(
  world: World,
  memory: Memory,
  entries: Answer['entries'],
): readonly FollowEvent<Row>[] {
  const checkpoints = entries.flatMap(({ entry }) => (entry.kind === 'checkpoint' ? [entry] : []))
  const verdicts = signaturesOf(world, memory.keys, checkpoints)
  // It is read later than it was appended, by little.
  const nowMonoMs = world.schedule.nowMs
  const appendedAtMs = EPOCH_MS + nowMonoMs
  let next = 0
  return entries.map(({ offset: at, entry }) => {
    const offset = BigInt(at)
    if (entry.kind === 'row') return { kind: 'record', offset, hash: entry.hash, record: entry.row }
    const signature = verdicts[next++] ?? 'invalid'
    const { hash } = entry
    const checkpoint = withLists(world, memory, weakened(world, memory, entry.checkpoint))
    const times = { appendedAtMs, nowMonoMs }
    return { kind: 'checkpoint', offset, hash, signature, checkpoint, ...times }
  })
}

/**
 * Negative controls of rule 31: the path of every heartbeat ends at the edge's first checkpoint, whatever the
 * heartbeat names.
 */
function weakened(world: World, { starts }: Memory, checkpoint: Checkpoint): Checkpoint {
  const { heartbeat, partition } = checkpoint
  const base = starts[partition]?.base
  if (world.rules.shell.start === 'named-base' || !heartbeat || !base) return checkpoint
  return { ...checkpoint, heartbeat: { ...heartbeat, base } }
}

function handle(world: World, memory: Memory, partition: number, event: FollowEvent<Row>): void {
  const following = elementAt(memory.followers, partition)
  const wasCaughtUp = following.caughtUp
  const outcome = following.handle(event)
  if (event.kind === 'checkpoint') {
    const applied = elementAt(memory.applied, partition)
    // An adversary has everything that the edge read before, so that proves nothing about the present
    // publisher. News of a source does.
    if (!wasCaughtUp && following.caughtUp && !following.live && applied.has(event.hash))
      violate(world, 'replayed', `edge ${memory.record.at} caught up in ${partition} by a replay`)
    if (outcome.kind === 'apply') applied.add(event.hash)
  }
  memory.record.caughtUp = memory.followers.map((each) => each.caughtUp)
  if (outcome.kind === 'apply') for (const row of outcome.records) apply(world, memory, row)
  if (outcome.kind === 'resync') {
    note(world, 'resync', `edge ${memory.record.at} ${partition} from ${outcome.from}`)
    memory.positions[partition] = Number(outcome.from)
  }
  if (outcome.kind === 'rebuild') {
    elementAt(memory.applied, partition).clear()
    memory.watermarks.clear()
    memory.denied.clear()
    memory.positions[partition] = Number(boundsOf(world, partition).earliest)
  }
}

function apply(world: World, memory: Memory, row: Row): void {
  if (row.key === 'forged') violate(world, 'forged', `edge ${memory.record.at} applied a forgery`)
  if (row.isDenial) memory.denied.add(row.scope)
  const known = memory.watermarks.get(row.scope)
  if (known === undefined || isAfter(world, row, known)) memory.watermarks.set(row.scope, row)
}

function isAfter(world: World, a: Row, b: Row): boolean {
  if (world.rules.shell.watermark === 'offset-only') return a.offset > b.offset
  return a.e > b.e || (a.e === b.e && a.offset > b.offset)
}

type Verdict = 'fresh' | 'stale' | 'unverified'

/** Rule 50's negative controls: an edge takes the group of one list for that of another. */
function withLists(world: World, memory: Memory, checkpoint: Checkpoint): Checkpoint {
  const { heartbeat, partition } = checkpoint
  const { list: rule } = world.rules.shell
  if (heartbeat?.groups === undefined || rule === 'named') return checkpoint
  const groups = heartbeat.groups.map(({ list, tenants, sources }) => {
    const [source = ''] = sources.keys()
    const place = `${partition} ${source}`
    if (tenants !== undefined) memory.lists.set(place, tenants)
    const taken = rule === 'latest' ? memory.lists.get(place) : TENANT_NAMES
    return {
      list: taken === undefined ? list : digest(taken),
      sources,
      ...(taken && { tenants: taken }),
    }
  })
  return { ...checkpoint, heartbeat: { ...heartbeat, groups } }
}

function judge(world: World, memory: Memory, token: Token): Verdict {
  const subject = elementAt(memory.followers, token.partition)
  const control = elementAt(memory.followers, 0)
  const isOffsetOnly = world.rules.shell.watermark === 'offset-only'
  if (!isOffsetOnly && (token.e < subject.e || token.e < control.e)) return 'stale'
  const isBelow = (scope: string, label: number): boolean => {
    const row = memory.watermarks.get(scope)
    if (row === undefined) return false
    return (
      (!isOffsetOnly && token.e < row.e) ||
      ((isOffsetOnly || token.e === row.e) && label < row.offset)
    )
  }
  if (isBelow(token.scope, token.s) || isBelow(token.account, token.c)) return 'stale'
  if (!isOffsetOnly && (token.e > subject.e || token.e > control.e)) return 'unverified'
  return isFreshAt(world, memory, token.partition, token.owner) ? 'fresh' : 'unverified'
}

function isFreshAt(world: World, memory: Memory, partition: number, owner: ClaimSource): boolean {
  const isFresh = (of: number, feed: { tenant: string; source: string }): boolean =>
    trustIn(elementAt(memory.followers, of), feed, {
      wallMs: realMs(world) + (world.skewMs.edges[memory.record.at] ?? 0),
      monoMs: world.schedule.nowMs,
      leaseMs: LEASE_MS,
      toleranceMs: TOLERANCE_MS,
    }).fresh
  if (isFresh(partition, SILENT_FEED))
    violate(
      world,
      'unsafe',
      `edge ${memory.record.at} vouches for a tenant that never told anything`,
    )
  return isFresh(partition, FEED_OF[owner]) && isFresh(0, FEED_OF[owner]) && isFresh(0, FEED_OF.sec)
}

function ask(world: World, memory: Memory): void {
  const { nowMs } = world.schedule
  for (const { partition, owner, slot } of placesOf(world)) {
    if (!isFreshAt(world, memory, partition, owner)) continue
    if (nowMs > SILENT_START_MS)
      violate(world, 'unsafe', `edge ${memory.record.at} vouches for silent sources`)
    askThief(world, memory)
    for (const token of world.tokens) {
      if (token.partition !== partition || token.owner !== owner) continue
      if (token.expiresAtMs < nowMs) continue
      const verdict = judge(world, memory, token)
      if (verdict === 'stale' && isMintedHealed(token))
        violate(world, 'refused', `edge ${memory.record.at} refuses a new token of ${token.scope}`)
      if (verdict !== 'fresh') continue
      memory.record.freshAtMs[slot] = nowMs
      if (nowMs > FAULTS_MS) memory.record.healedAtMs[slot] ||= nowMs
      if (isLongLost(world, token))
        violate(world, 'unsafe', `edge ${memory.record.at}: ${token.scope} or ${token.account}`)
    }
  }
}

/** Nothing is lost any more, and everything lost was applied long ago: the token must be good. */
function isMintedHealed(token: Token): boolean {
  return token.expiresAtMs - TOKEN_LIFE_MS > FAULTS_MS + REFUSED_AFTER_MS
}

/** A thief of a denied key signs any label: only the denial itself refuses such a token. */
function askThief(world: World, memory: Memory): void {
  for (const [scope, [deniedAtMs]] of world.losses)
    if (scope.startsWith('deny.') && !memory.denied.has(scope))
      if ((deniedAtMs ?? Infinity) < world.schedule.nowMs - LEASE_MS - TOLERANCE_MS)
        violate(world, 'unsafe', `edge ${memory.record.at} lacks ${scope}`)
}
