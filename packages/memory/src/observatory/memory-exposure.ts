import { measuredClass } from '@freshet/protocol/slo'
import { dayOf } from '@freshet/protocol/usage'
import { isNumbered, type Exposure, type NumberedReport } from '@freshet/wire'
import type {
  EdgeStart,
  ExposedChange,
  ExposureStore,
  NewExposure,
  NewlyRecorded,
  ReceivedReport,
  UsedSince,
} from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'

const EXPOSED_MAX = 1_000
const STARTS_MAX = 20_000
const USES_MAX = 10_000

interface HeldExposure extends Exposure {
  readonly edge: string
  readonly errorMs: number | null
  readonly reportedAtMs: number
}

type HeldStart = EdgeStart & { readonly n: number }

type HeldUse = Omit<UsedSince, 'sinceDay'> & { readonly day: number }

/** Creates the store of the edges' measurements in process. Starts of edges are stored with the edges. */
export function memoryExposureStore(database: MemoryDatabase): {
  readonly store: ExposureStore
  /** Stores the measurements of a report. */
  readonly keep: (received: ReceivedReport) => Pick<NewlyRecorded, 'counted' | 'exposed'>
  /** Returns whether its number, or a later one of the same start, is stored already. */
  readonly isKnown: (received: ReceivedReport) => boolean
  /** Returns whether its number follows the last one of its start. */
  readonly isNext: (received: ReceivedReport) => boolean
  readonly forgetStarts: (beforeMs: number) => void
} {
  const starts = new Map<string, HeldStart>()
  const uses = new Map<string, HeldUse>()
  const exposures = exposuresIn(database)
  const isCounted = ({ report, reportedAtMs }: ReceivedReport): boolean => {
    if (!isNumbered(report) || !keepStart(starts, report, reportedAtMs)) return false
    const { used = [] } = report
    for (const use of used) addUse(uses, { ...use, day: dayOf(reportedAtMs) })
    return true
  }
  const store: ExposureStore = {
    ...exposures.store,
    starts: (sinceMs) =>
      Promise.resolve(
        [...starts.values()]
          .filter(({ lastAtMs }) => lastAtMs >= sinceMs)
          .sort((a, b) => b.lastAtMs - a.lastAtMs)
          .slice(0, STARTS_MAX)
          .map(({ n: _n, ...start }) => start),
      ),
    uses: ({ fromDay }) =>
      Promise.resolve(summed([...uses.values()].filter(({ day }) => day >= fromDay))),
    forgetUses({ fromDay }) {
      for (const [key, { day }] of uses) if (day < fromDay) uses.delete(key)
      return Promise.resolve()
    },
  }
  return {
    store,
    keep: (received) => ({
      exposed: exposures.keep(received),
      counted: isCounted(received) ? [received] : [],
    }),
    isKnown: ({ report }) =>
      isNumbered(report) && report.n <= (starts.get(keyOf(report.edge, report.start))?.n ?? -1),
    isNext: ({ report }) =>
      isNumbered(report) && starts.get(keyOf(report.edge, report.start))?.n === report.n - 1,
    forgetStarts(beforeMs) {
      for (const [key, { lastAtMs }] of starts) if (lastAtMs < beforeMs) starts.delete(key)
    },
  }
}

function keepStart(
  starts: Map<string, HeldStart>,
  { edge, start, n, clock }: NumberedReport,
  reportedAtMs: number,
): boolean {
  const key = keyOf(edge, start)
  const known = starts.get(key)
  if (known !== undefined && known.n >= n) return false
  const firstAtMs = known?.firstAtMs ?? reportedAtMs
  const lastAtMs = Math.max(known?.lastAtMs ?? reportedAtMs, reportedAtMs)
  starts.set(key, { edge, start, n, firstAtMs, lastAtMs, clock: clock ?? null })
  return true
}

function exposuresIn(database: MemoryDatabase): {
  readonly store: Pick<ExposureStore, ExposedReads>
  readonly keep: (received: ReceivedReport) => readonly NewExposure[]
} {
  const exposures = new Map<string, HeldExposure>()
  const keep = ({ report, reportedAtMs }: ReceivedReport): readonly NewExposure[] => {
    if (!isNumbered(report)) return []
    const { edge, start, clock, exposed = [] } = report
    const added = exposed.filter((each) => {
      const { tenant, change, partition, offset, route } = each
      const key = keyOf(tenant, change, partition, edge, start, String(offset), route)
      const isNew = !exposures.has(key)
      const held = { ...each, edge, errorMs: clock?.errorMs ?? null, reportedAtMs }
      if (isNew) exposures.set(key, held)
      return isNew
    })
    return added.map((each) => ({ class: classOf(database, each), requests: each.requests }))
  }
  const store: Pick<ExposureStore, ExposedReads> = {
    exposed: (change) =>
      Promise.resolve(
        [...exposures.values()]
          .filter((each) => isOf(each, change))
          .sort((a, b) => (keyOf(a.edge, a.route) < keyOf(b.edge, b.route) ? -1 : 1))
          .slice(0, EXPOSED_MAX)
          .map(({ edge, route, requests, firstAtMs, lastAtMs, errorMs }) => {
            return { edge, route, requests, firstAtMs, lastAtMs, errorMs }
          }),
      ),
    worstExposed: (sinceMs, limit) =>
      Promise.resolve(
        exposedSums([...exposures.values()].filter(({ reportedAtMs }) => reportedAtMs >= sinceMs))
          .toSorted((a, b) => b.requests - a.requests || b.lastAtMs - a.lastAtMs)
          .slice(0, limit),
      ),
    forgetExposed(beforeMs) {
      for (const [key, { reportedAtMs }] of exposures)
        if (reportedAtMs < beforeMs) exposures.delete(key)
      return Promise.resolve()
    },
  }
  return { store, keep }
}

/** Returns the exposures of a change at a route of an edge as one, whatever starts and offsets they have. */
function exposedSums(exposures: readonly HeldExposure[]): readonly ExposedChange[] {
  const sums = new Map<string, ExposedChange>()
  for (const { tenant, change, edge, route, requests, lastAtMs } of exposures) {
    const key = keyOf(tenant, change, edge, route)
    const known = sums.get(key)
    sums.set(key, {
      tenant,
      change,
      edge,
      route,
      requests: (known?.requests ?? 0) + requests,
      lastAtMs: Math.max(known?.lastAtMs ?? lastAtMs, lastAtMs),
    })
  }
  return [...sums.values()]
}

type ExposedReads = 'exposed' | 'worstExposed' | 'forgetExposed'

function isOf(
  exposure: Exposure,
  { tenant, id, partition, occurredAtMs }: Parameters<ExposureStore['exposed']>[0],
): boolean {
  const isNamed = exposure.tenant === tenant && exposure.change === id
  return isNamed && exposure.partition === partition && exposure.commitAtMs === occurredAtMs
}

function keyOf(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts)
}

function classOf(database: MemoryDatabase, exposure: Exposure): string | null {
  const known = database.changeLog.values().find((change) => isOf(exposure, change))
  return known === undefined ? null : measuredClass(known)
}

function addUse(uses: Map<string, HeldUse>, use: HeldUse): void {
  const { day, audience, route, claim } = use
  const key = keyOf(day, audience, route, claim)
  const known = uses.get(key)
  uses.set(key, known === undefined ? use : { ...use, ...sumOf(known, use) })
}

type Numbers = Pick<HeldUse, 'decisions' | 'required' | 'needed' | 'carried'>

function sumOf(one: Numbers, other: Numbers): Numbers {
  return {
    decisions: one.decisions + other.decisions,
    required: one.required + other.required,
    needed: one.needed + other.needed,
    carried: one.carried + other.carried,
  }
}

function summed(found: readonly HeldUse[]): readonly UsedSince[] {
  const sums = new Map<string, UsedSince>()
  for (const { day, ...use } of found) {
    const { audience, route, claim } = use
    const key = keyOf(audience, route, claim)
    const known = sums.get(key)
    const sinceDay = Math.min(known?.sinceDay ?? day, day)
    sums.set(
      key,
      known === undefined ? { ...use, sinceDay } : { ...use, ...sumOf(known, use), sinceDay },
    )
  }
  return [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, USES_MAX)
    .map(([, use]) => use)
}
