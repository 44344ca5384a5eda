import {
  answerForms as forms,
  type Burned,
  type MeasuredChange,
  type SloAnswer,
  type SloJson,
  type BlindEdgeJson,
  type SloSpanJson,
} from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import { minuteOf, type Slo } from '@freshet/protocol/slo'
import {
  originsOf,
  sloStatuses,
  spansOf,
  type ChangeSample,
  type SliStore,
  type BlindEdge,
  type SloSpan,
} from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import type { ConsoleParts, SloParts } from '../console-parts.ts'
import { addView } from '../view.ts'

const ROWS_MAX = 20
const DAY_MS = 86_400_000
const LATEST_WITHIN_MS = DAY_MS

/** Adds the service levels. */
export function addSloRoutes(app: Hono, parts: SloParts & Pick<ConsoleParts, 'observatory'>): void {
  const { slis, clock } = parts
  addView(app, '/v1/slos', forms.Slos, async () => {
    const nowMs = clock.nowMs()
    const [items, latest] = await Promise.all([
      statusesAt(parts, nowMs),
      latestMeasured(slis, nowMs),
    ])
    return { items, latest, measuredAt: formatRfc3339(nowMs) }
  })
  addView(app, '/v1/slos/:name', forms.SloDetail, async (c) => {
    const nowMs = clock.nowMs()
    const isWanted = ({ name }: Pick<Slo, 'name'>): boolean => name === c.req.param('name')
    const status = (await statusesAt(parts, nowMs)).find(isWanted)
    const slo = parts.slos.find(isWanted)
    if (!status || !slo)
      throw new FreshetError('request.not-found', 'No service level of that name is known.')
    const [more, letIn] = await Promise.all([
      detailOf(slis, slo, nowMs),
      letInBy(parts.observatory, slo, nowMs),
    ])
    return { ...status, ...more, ...letIn, measuredAt: formatRfc3339(nowMs) }
  })
}

/** The state of every service level. */
export async function statusesAt(
  { slis, slos }: Pick<SloParts, 'slis' | 'slos'>,
  nowMs: number,
): Promise<readonly SloJson[]> {
  return sloStatuses(slos, await slis.sums(nowMs, spansOf(slos)))
}

/** The live change whose measurement ended last. */
export async function latestMeasured(
  slis: Pick<SliStore, 'samples'>,
  nowMs: number,
): Promise<MeasuredChange | null> {
  const question = { class: null, origins: ['live'], sinceMs: nowMs - LATEST_WITHIN_MS } as const
  const [latest] = await slis.samples(question, 1)
  return latest === undefined ? null : sampleJson(latest)
}

/** The requests that used the budget of stale allows, with the change, the edge and the route of each. */
async function letInBy(
  observatory: Pick<ConsoleParts['observatory'], 'worstExposed'>,
  { sli, windowDays }: Slo,
  nowMs: number,
): Promise<Pick<SloAnswer, 'letIn'>> {
  if (sli !== 'stale-allows') return {}
  const sinceMs = minuteOf(nowMs - windowDays * DAY_MS)
  const found = await observatory.worstExposed(sinceMs, ROWS_MAX)
  return {
    letIn: found.map(({ lastAtMs, ...row }) => ({ ...row, lastAt: formatRfc3339(lastAtMs) })),
  }
}

async function detailOf(
  slis: SliStore,
  slo: Slo,
  nowMs: number,
): Promise<Pick<SloAnswer, 'history' | 'worst' | 'latest'>> {
  const sinceMs = minuteOf(nowMs - slo.windowDays * DAY_MS)
  const [history, worst, latest] = await Promise.all([
    slis.history(slo.name, originsOf(slo), { sinceMs, stepMs: DAY_MS }),
    worstOf(slis, slo, sinceMs),
    samplesOf(slis, slo, { sinceMs }),
  ])
  return { history: historyJson(history), worst, latest: latest.map(sampleJson) }
}

/** Changes and edges that burned it. Of the others nothing is kept but how many. */
async function worstOf(slis: SliStore, slo: Slo, sinceMs: number): Promise<readonly Burned[]> {
  const { sli, thresholdMs } = slo
  if (sli === 'edge-fresh') {
    const overMs = thresholdMs ?? 0
    return (await slis.blindest({ sinceMs, overMs }, ROWS_MAX)).map(blindJson)
  }
  // A change that did not end took longer than any that did.
  const overMs = sli === 'coverage' ? NEVER_ONLY_MS : (thresholdMs ?? 0)
  return (await samplesOf(slis, slo, { sinceMs, overMs })).map(sampleJson)
}

const NEVER_ONLY_MS = 899_999
const OF_CHANGES: readonly Slo['sli'][] = ['change-complete', 'edge-apply', 'coverage']

async function samplesOf(
  slis: SliStore,
  slo: Slo,
  filter: { readonly sinceMs: number; readonly overMs?: number },
): Promise<readonly ChangeSample[]> {
  if (!OF_CHANGES.includes(slo.sli)) return []
  const named = slo.class === 'bulk' ? null : slo.class
  return slis.samples({ class: named, origins: originsOf(slo), ...filter }, ROWS_MAX)
}

/** The results, span by span. */
function historyJson(spans: readonly SloSpan[]): readonly SloSpanJson[] {
  return spans.map(({ fromMs, good, valid }) => ({ from: formatRfc3339(fromMs), good, valid }))
}

/** A change as it was measured. */
function sampleJson(sample: ChangeSample): MeasuredChange {
  const { id, tenant, source, class: named, origin, completeMs, isUpperBound } = sample
  const { edges, slowest, missing } = sample
  return {
    kind: 'change',
    id,
    tenant,
    source,
    class: named,
    origin,
    appendedAt: formatRfc3339(sample.appendedAtMs),
    measuredAt: formatRfc3339(sample.closedAtMs),
    completeMs,
    isUpperBound,
    edges,
    slowest,
    missing,
  }
}

/** An edge whose view was too old. */
function blindJson({ edge, minutes, oldestMs }: BlindEdge): BlindEdgeJson {
  return { kind: 'edge', edge, minutes, oldestViewMs: oldestMs }
}
