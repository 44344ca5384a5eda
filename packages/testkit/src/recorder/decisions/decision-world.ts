import {
  batchLength,
  claimKey,
  compareVersions,
  decideBatch,
  feedKey,
  isBelow,
  laterPosition,
  neededState,
  partitionOf,
  PARTITIONS,
  scopeKey,
  subjectKey,
  changeKey,
  valuesInForce,
  type Arrival,
  type Arrived,
  type BatchDecision,
  type BatchState,
  type ClaimValue,
  type DoubtEntry,
  type HeldAccount,
  type HeldClaim,
  type HeldFeed,
  type Label,
  type Position,
  type Registry,
  type SeenChange,
  type Subject,
} from '@freshet/protocol'
import { acmeRegistry } from '../../acme-registry.ts'

/** Rules that a negative control may break. */
export interface BrokenRules {
  /** Default: max (rule 9). */
  readonly mergeWatermark?: (before: Position | undefined, raised: Position) => Position
  /** Default: a number decides nothing (rule 36). */
  readonly numbersDecide?: boolean
  /** Default: tombstones of elements are kept (rule 7); else they are pruned with the ids. */
  readonly forgetsTombstones?: boolean
  /** Default: every accepted remove, set and clear counts (rule 8). */
  readonly timeByDifference?: boolean
}

/** The stored state of the recorder over plain values: what a database would hold. */
export interface DecisionWorld {
  /** Appends arrivals to a partition and decides them as one read. */
  take(partition: number, arrivals: readonly Arrival[]): readonly BatchDecision[]
  /**
   * Reads again from the first record, as after a restore of the positions alone; at most `limit` records of
   * each partition, and with the known ids pruned if `forgetsIds` is true.
   */
  replay(how?: { readonly limit?: number; readonly forgetsIds?: boolean }): void
  readonly watermarks: ReadonlyMap<string, Position>
  readonly timesMs: ReadonlyMap<string, number>
  readonly doubts: ReadonlyMap<string, DoubtEntry>
  account(subject: Subject): HeldAccount | undefined
  feed(partition: number, source: string): HeldFeed | undefined
  /** Forgets which changes were seen, as the change log does in the end. */
  forgetIds(): void
  /** The values that a mint would put into a token now: none while there is doubt. */
  mint(subject: Subject, claim: string): readonly ClaimValue[]
  label(subject: Subject): Label
  isStale(label: Label, subject: Subject, claim: string): boolean
  /** The values in force and the doubts, without positions: the same in whatever order the records came. */
  meaning(): string
  /** Everything that is stored, positions too. */
  digest(): string
}

interface Stored {
  readonly log: Arrived[]
  nextOffset: bigint
  policy: BatchState['policy']
  readonly seen: Map<string, SeenChange>
  readonly feeds: Map<string, HeldFeed>
}

/** The hash that the world's policy version has. */
export const WORLD_HASH = 'w'

/**
 * A world in which version 1 of a registry is active everywhere; its clocks stand still, or return `nowMs`.
 */
export function decisionWorld(
  broken: BrokenRules = {},
  registry: Registry = acmeRegistry(),
  nowMs: () => number = () => 0,
): DecisionWorld {
  const policy = { pv: 1, hash: WORLD_HASH, minimum: 0 }
  const partitions = PARTITIONS.map((): Stored => ({
    log: [],
    nextOffset: 0n,
    policy,
    seen: new Map(),
    feeds: new Map(),
  }))
  const claims = new Map<string, HeldClaim>()
  const accounts = new Map<string, HeldAccount>()
  const doubts = new Map<string, DoubtEntry>()
  const watermarks = new Map<string, Position>()
  const timesMs = new Map<string, number>()
  const at = (partition: number): Stored => partitions[partition] as Stored

  const stateOf = (partition: number, records: readonly Arrived[]): BatchState => {
    const { nextOffset, seen, feeds, policy: active } = at(partition)
    const { snapshotRemoval } = neededState(records, registry, () => registry)
    const begin = snapshotRemoval && feeds.get(feedKey(snapshotRemoval))?.statements.open
    const omitted = [...claims.values()].filter(
      (held) =>
        begin && held.source === snapshotRemoval.source && partitionOf(held.subject) === partition,
    )
    const inForce = [...claims.values()].filter(
      (held) =>
        held.source === snapshotRemoval?.source &&
        partitionOf(held.subject) === partition &&
        valuesInForce(held.state).length > 0,
    )
    const losing = inForce.filter(({ state }) => begin && compareVersions(state.floor, begin) < 0)
    const subjects = new Set(losing.map(({ subject }) => subjectKey(subject))).size
    const size = { claims: inForce.length, losing: losing.length, subjects, older: omitted.length }
    const walked = { size, read: null, omitted, taken: null }
    const stored = { seen, feeds, claims, accounts, withdrawn: new Map(), known: [] }
    return { ...stored, walked, partition, e: 1n, nextOffset, policy: active }
  }
  const save = (partition: number, decision: BatchDecision): void => {
    const stored = at(partition)
    stored.nextOffset = decision.nextOffset
    stored.policy = decision.policy
    for (const held of decision.claims) claims.set(claimKey(held.subject, held.claim), held)
    for (const held of decision.accounts) accounts.set(subjectKey(held.subject), held)
    for (const held of decision.feeds) stored.feeds.set(feedKey(held), held)
    for (const row of decision.log) {
      const as = row.outcome === 'quarantined' ? 'refused' : 'accepted'
      const { outcome, contentHash, offset } = row
      const seenAs = outcome === 'doubtful' || outcome === 'held' ? outcome : as
      const held = outcome === 'held' ? { held: { e: 1n, partition, offset } } : {}
      stored.seen.set(changeKey(row), { contentHash, as: seenAs, ...held })
    }
    for (const doubt of decision.doubts) noteDoubt(doubt)
    for (const { scope, position, timeMs } of decision.watermarks) {
      const key = scopeKey(scope)
      const counts = broken.timeByDifference !== true || position !== null
      if (counts) timesMs.set(key, Math.max(timeMs, timesMs.get(key) ?? timeMs))
      const merge = broken.mergeWatermark ?? laterPosition
      if (position) watermarks.set(key, merge(watermarks.get(key), position))
    }
  }
  const noteDoubt = (doubt: DoubtEntry): void => {
    const { e, partition, offset } = doubt.ref
    const key = `${subjectKey(doubt.subject)} ${doubt.claim} ${e} ${partition} ${offset}`
    const before = doubts.get(key)
    const raised = doubt.raised || (before?.raised ?? false)
    doubts.set(key, { ...doubt, raised, settled: doubt.settled || (before?.settled ?? false) })
  }
  const isLate = (partition: number, { arrival }: Arrived): boolean => {
    if (arrival.kind !== 'change') return false
    const feed = at(partition).feeds.get(feedKey(arrival.change))?.feed
    return feed !== undefined && arrival.stamp.number <= feed.complete
  }
  const read = (partition: number, limit?: number): readonly BatchDecision[] => {
    const decisions: BatchDecision[] = []
    for (;;) {
      const { log, nextOffset } = at(partition)
      const rest = log.slice(Number(nextOffset), limit)
      if (rest.length === 0) return decisions
      const batch = rest.slice(0, broken.numbersDecide === true ? 1 : batchLength(rest))
      const dropped = broken.numbersDecide === true && batch.some((each) => isLate(partition, each))
      const context = { nowMs: nowMs(), registryOf: (): Registry => registry }
      const decision = decideBatch(stateOf(partition, batch), batch, context)
      if (dropped) at(partition).nextOffset = decision.nextOffset
      else save(partition, decision)
      decisions.push(decision)
    }
  }
  const doubtful = (subject: Subject, claim: string): boolean =>
    [...doubts.values()].some(
      (doubt) =>
        subjectKey(doubt.subject) === subjectKey(subject) &&
        doubt.claim === claim &&
        doubt.raised &&
        !doubt.settled,
    )
  const mint = (subject: Subject, claim: string): readonly ClaimValue[] => {
    const held = claims.get(claimKey(subject, claim))
    return held === undefined || doubtful(subject, claim) ? [] : valuesInForce(held.state)
  }
  return {
    watermarks,
    timesMs,
    doubts,
    mint,
    take(partition, arrivals) {
      const { log } = at(partition)
      for (const arrival of arrivals) {
        log.push({ offset: BigInt(log.length), appendedAtMs: nowMs(), arrival })
      }
      return read(partition)
    },
    replay({ limit, forgetsIds = false } = {}) {
      if (broken.forgetsTombstones === true) {
        for (const [key, held] of claims) claims.set(key, withoutTombstones(held))
      }
      for (const stored of partitions) {
        stored.nextOffset = 0n
      }
      if (forgetsIds) for (const { seen } of partitions) seen.clear()
      for (const partition of PARTITIONS) read(partition, limit)
    },
    forgetIds() {
      for (const { seen } of partitions) seen.clear()
    },
    account: (subject) => accounts.get(subjectKey(subject)),
    feed: (partition, source) => at(partition).feeds.get(feedKey({ tenant: 'acme', source })),
    label: (subject) => ({
      e: 1n,
      s: at(partitionOf(subject)).nextOffset,
      c: at(0).nextOffset,
    }),
    isStale(label, subject, claim) {
      const own = watermarks.get(claimKey(subject, claim))
      const account = watermarks.get(scopeKey({ kind: 'account', subject }))
      const below = (by: 's' | 'c', watermark: Position | undefined): boolean =>
        watermark !== undefined && isBelow(label, by, watermark)
      return below('s', own) || below('c', account)
    },
    meaning: () =>
      canonical([
        [...claims.values()].map(({ subject, claim, source, state }) => [
          claimKey(subject, claim),
          source,
          state,
        ]),
        [...accounts.values()],
      ]),
    digest: () =>
      canonical([
        [...claims],
        [...accounts],
        [...doubts],
        [...watermarks],
        [...timesMs],
        partitions.map(({ nextOffset, feeds }) => [nextOffset, [...feeds]]),
      ]),
  }
}

function withoutTombstones(held: HeldClaim): HeldClaim {
  const { elements } = held.state
  const present = new Map([...elements].filter(([, element]) => element.present))
  return { ...held, state: { ...held.state, elements: present } }
}

/** JSON in which maps and lists have no order. */
function canonical(value: unknown): string {
  const text = (each: unknown): string => {
    if (typeof each === 'bigint') return each.toString()
    if (each instanceof Map) return text([...each])
    if (Array.isArray(each)) return `[${each.map(text).sort().join()}]`
    if (typeof each !== 'object' || each === null) return JSON.stringify(each) ?? 'undefined'
    return `{${Object.entries(each)
      .map(([name, part]) => `${name}:${text(part)}`)
      .sort()
      .join()}}`
  }
  return text(value)
}
