import type { EdgeJson, Lag, SloJson, Status } from '@freshet/insight/answers'
import { ALERT_LIMITS, NOT_MEANT } from '@freshet/insight/alerts'
import { edgesIn } from '../parts/edge-words.ts'
import { countOf, spanOf } from '../parts/words.ts'
import { connected } from './behind.ts'
import type { ParkedCounts } from './quarantine-card.tsx'
import { trouble, type Trouble } from './trouble.ts'

/** The present knowledge of the pages; absent: not loaded. */
export interface Known {
  readonly status?: Status | undefined
  readonly edges?: readonly EdgeJson[] | undefined
  /** Edges that are counted nowhere. */
  readonly uncounted?: number | undefined
  readonly slos?: readonly SloJson[] | undefined
  readonly parked?: ParkedCounts | undefined
  readonly lag?: Lag | undefined
}

/**
 * The present faults, worst first. Only faults with a paging alert are red. The page shows at once what the
 * alert reports after some time, and so can show a fault that ends before the alert fires.
 */
export function troublesOf(known: Known): Trouble[] {
  const { status, edges = [], uncounted = 0, slos = [], parked, lag } = known
  const found = [
    ...slos.flatMap(ofSlo),
    ...(status === undefined ? [] : ofStatus(status)),
    ...ofEdges(edges),
    ...ofUncounted(uncounted),
    ...ofLag(lag),
    ...ofParked(parked),
  ]
  return found.toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'))
}

function ofSlo({ name, state, alert }: SloJson): readonly Trouble[] {
  const place = `/slos?slo=${encodeURIComponent(name)}`
  if (alert !== null) {
    const about = alert === 'page' ? 'budgetFast' : 'budgetSlow'
    return [trouble(about, `${name} burns its budget`, place)]
  }
  if (state !== 'breached') return []
  return [trouble('budgetSpent', `${name} has spent its budget`, place)]
}

function ofStatus(status: Status): readonly Trouble[] {
  const nowMs = Date.parse(status.measuredAt)
  const open = status.openings.length
  return [
    ...status.sources.flatMap((source) => ofSource(source, nowMs)),
    ...ofPauses(status),
    ...ofOutbox(status, nowMs),
    ...ofProbes(status, nowMs),
    ...(open === 0
      ? []
      : [trouble('routesOpen', `${countOf(open, 'route')} opened by break-glass`, '/registry')]),
  ]
}

type Source = Status['sources'][number]

function ofSource(
  { source, tenant, standing, through, leaseMs }: Source,
  nowMs: number,
): readonly Trouble[] {
  const who = `${source} of ${tenant}`
  if (standing === 'unheard') {
    const text = `${who} has never sent a heartbeat: its claims are not minted`
    return [trouble('sourceUnheard', text, '/')]
  }
  const silentMs = through === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(through)
  if (standing !== 'live') {
    const text = `${who} is ${standing}: its claims are unverified at every edge`
    return [trouble('sourceSilent', text, '/')]
  }
  if (silentMs <= ALERT_LIMITS.silenceOfLease * leaseMs) return []
  const text = `${who} was last heard ${spanOf(silentMs)} ago; its lease is ${spanOf(leaseMs)}`
  return [trouble('sourceSilent', text, '/')]
}

/** Partitions that do not get past a record. */
function ofPauses({ partitions }: Status): readonly Trouble[] {
  return partitions.flatMap(({ partition, paused }) => {
    if (paused === undefined) return []
    const { offset, code } = paused
    const text = `Partition ${partition} is stuck: record ${offset} fails with ${code}`
    return [trouble('partitionPaused', text, '/')]
  })
}

/** Rows wait, and for so long nothing was published: with a publisher at work the oldest is younger. */
function ofOutbox({ partitions }: Status, nowMs: number): readonly Trouble[] {
  const stuck = partitions.filter(({ waiting, publishedAt }) => {
    const sinceMs =
      publishedAt === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(publishedAt)
    return waiting > 0 && sinceMs > ALERT_LIMITS.outboxMs
  })
  if (stuck.length === 0) return []
  const text = `The outbox of ${countOf(stuck.length, 'partition')} is stuck`
  return [trouble('outboxStuck', text, '/')]
}

function ofProbes({ probes = null }: Status, nowMs: number): readonly Trouble[] {
  if (probes === null) return [trouble('probeAbsent', 'No probe runs', '/')]
  const lastMs = Math.max(...probes.map(({ at }) => Date.parse(at)))
  const isAbsent = probes.length > 0 && nowMs - lastMs > ALERT_LIMITS.probeAbsentMs
  const lost = probes.flatMap(({ claim, broken }) =>
    broken === null ? [] : [{ claim, ...broken }],
  )
  return [
    ...(isAbsent
      ? [trouble('probeAbsent', `The last probe is ${spanOf(nowMs - lastMs)} old`, '/')]
      : []),
    ...lost.map(({ claim, step, at }) => {
      const where = at === null ? step : `${step} at ${at}`
      return trouble('probeLost', `The last probe of ${claim} broke at the step ${where}`, '/')
    }),
  ]
}

function ofEdges(edges: readonly EdgeJson[]): readonly Trouble[] {
  const awaited = connected(edges)
  const stale = awaited.filter(({ standing }) => standing === 'stale')
  if (stale.length === 0) return []
  const [few, all] = [edgesIn(stale), edgesIn(awaited)]
  const isMany = few / all > ALERT_LIMITS.staleEdges
  const text = `${countOf(few, 'edge')} of ${all} stale`
  return [trouble(isMany ? 'edgesStale' : 'edgeStale', text, '/edges?standing=stale')]
}

function ofUncounted(uncounted: number): readonly Trouble[] {
  if (uncounted === 0) return []
  const text = `${countOf(uncounted, 'edge')} over the limit: their status is unknown`
  return [trouble('edgesUncounted', text, '/edges')]
}

function ofLag(lag: Lag | undefined): readonly Trouble[] {
  if (lag === undefined) return []
  const told = [
    ['Recording', lag.recording, '/'],
    ['An edge', connected(lag.edges), '/edges'],
  ] as const
  return told.flatMap(([who, lags, place]) => {
    const mostMs = Math.max(0, ...lags.map(({ behindMs }) => behindMs ?? 0))
    if (mostMs <= ALERT_LIMITS.lagMs) return []
    return [trouble('timeLag', `${who} lags by ${spanOf(mostMs)}`, place)]
  })
}

function ofParked(parked: ParkedCounts | undefined): readonly Trouble[] {
  const counts = parked?.counts ?? []
  const sum = (isMeant: boolean): number =>
    counts
      .filter(({ reason }) => NOT_MEANT.includes(reason) !== isMeant)
      .reduce((total, { records }) => total + records, 0)
  const [meant, notMeant] = [sum(true), sum(false)]
  return [
    ...(meant === 0
      ? []
      : [
          trouble(
            'parkedMeant',
            `${countOf(meant, 'record')} in quarantine, without effect`,
            '/quarantine',
          ),
        ]),
    ...(notMeant === 0
      ? []
      : [
          trouble(
            'parkedNotMeant',
            `${countOf(notMeant, 'record')} in quarantine, unproven or not registered`,
            '/quarantine',
          ),
        ]),
  ]
}
