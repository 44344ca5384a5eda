import type { Clock, Registry } from '@freshet/protocol'
import {
  COUNTED_EDGES_MAX,
  COUNTED_WITHIN_MS,
  EDGE_MISSED_MS,
  EXACT_EDGES_MAX,
  GROUPED_WITHIN_MS,
  MINUTE_MS,
  minuteOf,
} from '@freshet/protocol/slo'
import type { Slo } from '@freshet/protocol/slo'
import { appliesAs, groupsOf } from '../edges/edge-groups.ts'
import type { KnownEdge } from '../observatory-store.ts'
import { measuredOf, type MeasuredSample } from './change-sample.ts'
import { closingLeaseMs } from './closing-lease.ts'
import { completionOf } from './completion.ts'
import { agesOfMinute } from './edge-minutes.ts'
import type { Ingested } from './ingested.ts'
import { ingestedOf, observationsOfIngest } from './ingested.ts'
import { classOf, OpenStatements, originOf, type OpenChange } from './origin.ts'
import { observationsOf, sloCounts, type Observation, type SloCount } from './slo-counts.ts'
import type {
  ApplyOfChange,
  OpenPlace,
  SliCursor,
  SliStatus,
  SliStep,
  SliTurn,
} from './sli-store.ts'

/** Changes of one partition that one turn reads. */
export const RECORDED_PER_TURN = 500
/** Open changes that one turn looks at, and pairs of them with edges. */
const OPEN_PER_TURN = 1_000
const PAIRS_PER_TURN = 20_000
/** Minutes of edges that one turn counts; what is older than an hour is not counted any more. */
const MINUTES_PER_TURN = 5
const MINUTES_BACK_MS = 60 * MINUTE_MS
/** Clocks of broker and console may be so far apart: silence is judged this much later. */
const HORIZON_MARGIN_MS = 1_000

/** The inputs of measuring beside stored data. */
export interface MeasureParts {
  readonly clock: Clock
  readonly slos: readonly Slo[]
  readonly registry: Registry
  /** Up to when all reports are known: see `ReportHorizon`. */
  readonly horizonMs: number | null
  /** Open changes are looked at behind this place. */
  readonly after: OpenPlace | null
}

/** The results of one turn. */
export interface TurnResult {
  readonly measured: readonly MeasuredSample[]
  readonly ingested: readonly Ingested[]
  /** The begin of the next turn among the open changes; `null`: the first. */
  readonly after: OpenPlace | null
  /** True if edges are reported in groups: then each report of one of them changes little. */
  readonly isGrouped: boolean
  /** There is more to be read at once. */
  readonly isMore: boolean
  /** No change was read, and none is open. */
  readonly isQuiet: boolean
}

/** Reads what was recorded, closes what is complete or too late, counts the edges of minutes that are over. */
export async function measureTurn(turn: SliTurn, parts: MeasureParts): Promise<TurnResult> {
  const nowMs = parts.clock.nowMs()
  const asOfMs = (parts.horizonMs ?? Number.NEGATIVE_INFINITY) - HORIZON_MARGIN_MS
  const status = await turn.status()
  const read = await readRecorded(turn, status)
  const measuredOpen = await measureOpen(turn, { ...parts, asOfMs, nowMs })
  const edges = await countMinutes(turn, status, { ...parts, asOfMs, nowMs })
  const observations = [
    ...read.ingested.flatMap(observationsOfIngest),
    ...read.settled,
    ...measuredOpen.measured.flatMap(observationsOf),
  ]
  const { ingested, isMore } = read
  const step: SliStep = {
    opened: read.opened,
    closed: measuredOpen.measured.map(({ sample }) => sample),
    counts: [...sloCounts(parts.slos, observations, minuteOf(nowMs)), ...edges.counts],
    cursors: read.cursors,
    minuteMs: edges.minuteMs,
  }
  if (ingested.length > 0 || isNews(step, status)) await turn.save(step)
  const { isOpen, ...measured } = measuredOpen
  return { ...measured, ingested, isMore, isQuiet: ingested.length === 0 && !isOpen }
}

/** Cursors that only passed heartbeats are stored with what comes next, at the latest with the next minute. */
function isNews({ closed, counts, cursors, minuteMs }: SliStep, status: SliStatus): boolean {
  if (closed.length + counts.length > 0 || minuteMs !== status.minuteMs) return true
  return cursors.some(
    ({ partition, e }) =>
      !status.cursors.some((known) => known.partition === partition && known.e === e),
  )
}

interface ReadChanges {
  readonly cursors: readonly SliCursor[]
  readonly opened: readonly OpenChange[]
  readonly ingested: readonly Ingested[]
  /** The changes that ended where they were recorded. */
  readonly settled: readonly Observation[]
  readonly isMore: boolean
}

async function readRecorded(turn: SliTurn, status: SliStatus): Promise<ReadChanges> {
  const cursors: SliCursor[] = []
  const opened: OpenChange[] = []
  const ingested: Ingested[] = []
  let isMore = false
  const spans = status.recorded.map(({ nextOffset: below, ...recorded }) => {
    const known = status.cursors.find(({ partition }) => partition === recorded.partition)
    return { from: cursorFrom(known, { ...recorded, nextOffset: below }), below }
  })
  const read = await turn.recorded(
    spans.filter(({ from, below }) => from.nextOffset < below),
    RECORDED_PER_TURN,
  )
  for (const { from, below: nextOffset } of spans) {
    const { partition, e } = from
    const changes = read.filter((change) => change.partition === partition)
    const isFull = changes.length === RECORDED_PER_TURN
    isMore ||= isFull
    const statements = new OpenStatements(from.open)
    for (const change of changes) {
      const origin = originOf(change, statements.see(change))
      ingested.push(ingestedOf(change, origin))
      if (change.tightened) opened.push({ ...change, origin, measuredClass: classOf(change) })
    }
    const last = changes.at(-1)
    const next = isFull && last ? last.offset + 1n : nextOffset
    cursors.push({ partition, e, nextOffset: next, open: statements.keys })
  }
  const settled = ingested.filter(({ isOpen }) => !isOpen)
  return {
    cursors,
    opened,
    ingested,
    isMore,
    settled: settled.map(({ class: named, origin, isInTime: isGood }): Observation => {
      return { sli: 'coverage', class: named, origin, valueMs: null, isGood }
    }),
  }
}

/** A partition that is new to us is measured from now on; one of a new incarnation from its beginning. */
function cursorFrom(
  known: SliCursor | undefined,
  recorded: Pick<SliCursor, 'partition' | 'e' | 'nextOffset'>,
): SliCursor {
  if (known === undefined) return { ...recorded, open: [] }
  return known.e === recorded.e ? known : { ...recorded, nextOffset: 0n, open: known.open }
}

interface OpenTerms extends MeasureParts {
  readonly asOfMs: number
  readonly nowMs: number
}

async function measureOpen(
  turn: SliTurn,
  parts: OpenTerms,
): Promise<Pick<TurnResult, 'measured' | 'after' | 'isGrouped'> & { readonly isOpen: boolean }> {
  const [first] = await turn.open(null, 1)
  if (first === undefined) return { measured: [], after: null, isGrouped: false, isOpen: false }
  const { known, uncounted } = await knownEdges(turn, parts.nowMs - COUNTED_WITHIN_MS)
  const isGrouped = await areTooMany(turn, parts)
  const edges = isGrouped ? groupsOf(known, parts.nowMs, 'newest') : known
  const limit = Math.min(OPEN_PER_TURN, Math.ceil(PAIRS_PER_TURN / Math.max(1, edges.length)))
  const stored = await turn.open(parts.after, limit)
  const last = stored.at(-1)
  const after = stored.length === limit && last ? last : null
  // Those that this turn reads are stored at its end: they are looked at with the next one.
  const applies = await turn.applies(
    stored.flatMap(({ partition, revocationOffset: offset }) =>
      offset === null ? [] : [{ partition, offset }],
    ),
    [...new Set(edges.map(appliesAs))],
  )
  const byPlace = grouped(applies)
  const measured = stored.flatMap((change) => {
    const { partition, revocationOffset: offset } = change
    const own = (offset === null ? undefined : byPlace.get(placeOf({ partition, offset }))) ?? []
    const leaseMs = closingLeaseMs(parts.registry, change.source)
    const terms = { asOfMs: parts.asOfMs, leaseMs, uncounted }
    const completion = completionOf(change, { edges, applies: own, ...terms })
    if (completion.state === 'open') return []
    return [measuredOf(change, completion, parts.nowMs)]
  })
  const place = after && { appendedAtMs: after.appendedAtMs, id: after.id }
  return { measured, after: place, isGrouped, isOpen: true }
}

/** As of what is read of reports: how many edges there were when the changes were published that are open. */
async function areTooMany(turn: SliTurn, { nowMs, horizonMs }: OpenTerms): Promise<boolean> {
  const sinceMs = Math.min(nowMs, horizonMs ?? nowMs) - GROUPED_WITHIN_MS
  return (await turn.countEdges(sinceMs, EXACT_EDGES_MAX + 1)) > EXACT_EDGES_MAX
}

interface KnownEdges {
  readonly known: readonly KnownEdge[]
  /** The number of further live edges. */
  readonly uncounted: number
}

async function knownEdges(turn: SliTurn, sinceMs: number): Promise<KnownEdges> {
  const known = await turn.edges(sinceMs)
  const isFull = known.length >= COUNTED_EDGES_MAX
  return { known, uncounted: isFull ? await turn.uncountedEdges(sinceMs) : 0 }
}

function grouped(applies: readonly ApplyOfChange[]): ReadonlyMap<string, readonly ApplyOfChange[]> {
  const groups = new Map<string, ApplyOfChange[]>()
  for (const apply of applies) {
    const place = placeOf(apply)
    const group = groups.get(place)
    if (group) group.push(apply)
    else groups.set(place, [apply])
  }
  return groups
}

function placeOf({ partition, offset }: { partition: number; offset: bigint }): string {
  return `${partition}/${offset}`
}

async function countMinutes(
  turn: SliTurn,
  { minuteMs }: SliStatus,
  { slos, asOfMs, nowMs }: OpenTerms,
): Promise<{ readonly counts: readonly SloCount[]; readonly minuteMs: number }> {
  const counts: SloCount[] = []
  let next = Math.max(minuteMs ?? minuteOf(nowMs), minuteOf(nowMs) - MINUTES_BACK_MS)
  for (let turns = 0; turns < MINUTES_PER_TURN && next + MINUTE_MS <= asOfMs; turns += 1) {
    const seen = await turn.edgeMinute(next)
    const { known, uncounted: times } = await knownEdges(turn, next - EDGE_MISSED_MS)
    const ages = [...agesOfMinute(next, seen, known).values()]
    const of = { sli: 'edge-fresh', class: null, origin: 'live' } as const
    const observations = ages.map((valueMs): Observation => ({ ...of, valueMs }))
    counts.push(...sloCounts(slos, [...observations, { ...of, valueMs: null, times }], next))
    next += MINUTE_MS
  }
  return { counts, minuteMs: next }
}
