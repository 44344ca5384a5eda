import {
  answerForms as forms,
  type LatencySpan,
  type LatencyStageJson,
} from '@freshet/insight/answers'
import { FreshetError, type Clock } from '@freshet/protocol'
import {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  NEVER_MS,
  type LatencyStage,
} from '@freshet/protocol/slo'
import type { LatencyCell, LatencyMap, SliStore } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import { addView } from '../view.ts'

/** Hours of an answer by default and at most. */
export const HOURS = 24
export const HOURS_MAX = 168
const HOUR_MS = 3_600_000
/** Spans that an answer is divided into, however long it is. */
const SPANS = 48
/** The number of changes that are read, the newest; with more, the answer shows it. */
const CHANGES_MAX = 20_000

/** Between whose clocks a stage is; times of two clocks include their skew. */
const CLOCKS: Readonly<Record<LatencyStage, readonly [from: string, to: string]>> = {
  source: ['source', 'broker'],
  ingest: ['broker', 'reconciler'],
  reconcile: ['reconciler', 'reconciler'],
  publish: ['reconciler', 'broker'],
  edge_apply: ['broker', 'edge'],
  complete: ['broker', 'edge'],
}

interface LatencyParts {
  readonly slis: Pick<SliStore, 'latency'>
  readonly clock: Clock
}

/** Adds the stage times of changes. */
export function addLatencyRoute(app: Hono, { slis, clock }: LatencyParts): void {
  addView(app, '/v1/latency', forms.Latency, async (c) => {
    const stage = readStage(c.req.query('stage'))
    const stepMs = (readHours(c.req.query('hours')) * HOUR_MS) / SPANS
    const nowMs = clock.nowMs()
    const sinceMs = nowMs - (nowMs % stepMs) - (SPANS - 1) * stepMs
    const map = await slis.latency({ sinceMs, stepMs, stage }, CHANGES_MAX)
    return {
      from: formatRfc3339(sinceMs),
      stepMs,
      steps: SPANS,
      boundsMs: LATENCY_BOUNDS_MS,
      isComplete: !map.isCut,
      stages: LATENCY_STAGES.flatMap((each) =>
        stage === null || stage === each ? [stageJson(map, each)] : [],
      ),
      measuredAt: formatRfc3339(nowMs),
    }
  })
}

/** One stage, whether or not there was a change in it. */
function stageJson({ cells, stages }: LatencyMap, stage: LatencyStage): LatencyStageJson {
  const [from, to] = CLOCKS[stage]
  const summary = stages.find((each) => each.stage === stage)
  return {
    stage,
    clocks: { from, to },
    changes: summary?.changes ?? 0,
    p50Ms: msJson(summary?.p50Ms),
    p99Ms: msJson(summary?.p99Ms),
    maxMs: msJson(summary?.maxMs),
    isAllDone: summary === undefined || summary.maxMs < NEVER_MS,
    spans: spansJson(cells.filter((cell) => cell.stage === stage)),
  }
}

/** Spans in which there was a change, in order: how many in each bucket, of which there is one more than bounds. */
function spansJson(cells: readonly LatencyCell[]): readonly LatencySpan[] {
  const spans = new Map<number, number[]>()
  for (const { fromMs, bucket, changes } of cells) {
    const counts = spans.get(fromMs) ?? [...LATENCY_BOUNDS_MS.map(() => 0), 0]
    counts[bucket] = changes
    spans.set(fromMs, counts)
  }
  return [...spans].map(([fromMs, counts]) => ({ from: formatRfc3339(fromMs), counts }))
}

/** `null`: no change, or one that was not complete after 15 min. */
function msJson(ms: number | undefined): number | null {
  return ms === undefined || ms >= NEVER_MS ? null : ms
}

function readStage(text: string | undefined): LatencyStage | null {
  if (text === undefined) return null
  const stage = LATENCY_STAGES.find((each) => each === text)
  if (stage !== undefined) return stage
  throw new FreshetError('request.malformed', `stage is one of ${LATENCY_STAGES.join(', ')}.`)
}

function readHours(text: string | undefined): number {
  if (text === undefined) return HOURS
  const hours = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.NaN
  if (hours <= HOURS_MAX) return hours
  throw new FreshetError('request.malformed', `hours is a whole number from 1 to ${HOURS_MAX}.`)
}
