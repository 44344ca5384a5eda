import {
  CHANGES_TOPIC,
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  QUARANTINE_TOPIC,
  type LogReader,
  type LogRecord,
} from '@freshet/events'
import type { Clock, Registry } from '@freshet/domain'
import { standingOf, type EdgeStanding } from './edge-standing.ts'
import type {
  KnownEdge,
  LedgerToken,
  LoggedChange,
  ObservatoryStore,
  TightenedQuestion,
} from './observatory-store.ts'
import { pipelineView, type PipelineBounds, type PipelineView } from './pipeline.ts'
import type { ChangeSample } from './sli/change-sample.ts'
import { ReportHorizon } from './sli/report-horizon.ts'
import type { SliStore } from './sli/sli-store.ts'
import { timelineOf, type Timeline } from './timeline.ts'

/** How long an edge that no longer reports is shown. */
const EDGE_SHOWN_MS = 60 * 60 * 1000
const SUBJECT_ROWS_MAX = 50
/** A report of which nobody knows the edge is not worth more than this back in time. */
const REPLAY_RECORDS_MAX = 10_000n

/** What the observatory needs. */
export interface ObservatoryParts {
  readonly store: ObservatoryStore
  /** What was measured; absent: nothing is. */
  readonly slis?: Pick<SliStore, 'samplesOf'>
  readonly clock: Clock
}

/** An edge with its standing at the time of asking. */
export interface EdgeView extends KnownEdge {
  readonly standing: EdgeStanding
}

/** A subject's recent changes and outstanding tokens. */
export interface SubjectView {
  readonly changes: readonly LoggedChange[]
  readonly tokens: readonly LedgerToken[]
}

/** The questions that the console answers. */
export interface Observatory {
  /** Every change of that id with its way to the edges; empty when none is known. */
  change(id: string): Promise<readonly Timeline[]>
  /** The latest changes of these kinds that took something away, newest first. At most `limit`. */
  tightened(question: TightenedQuestion, limit: number): Promise<readonly Timeline[]>
  edges(): Promise<readonly EdgeView[]>
  subject(subjectKey: string): Promise<SubjectView>
  /**
   * How far each partition came, how each registered source stands, what is parked. A broker that
   * does not answer makes its figures `null`.
   */
  pipeline(registry: Registry, reader: Pick<LogReader, 'bounds'>): Promise<PipelineView>
  /** Follows the edges' reports into the store until the signal aborts. */
  followReports(reader: LogReader, signal: AbortSignal): Promise<void>
  /** Up to when every report is known; `null` until all were read once. */
  reportsUntilMs(): number | null
}

/** Wires the observatory over its store. */
export function createObservatory({ store, slis, clock }: ObservatoryParts): Observatory {
  const horizon = new ReportHorizon()
  const knownEdges = (): Promise<readonly KnownEdge[]> => store.edges(clock.nowMs() - EDGE_SHOWN_MS)
  const timelines = async (
    found: Promise<readonly LoggedChange[]>,
  ): Promise<readonly Timeline[]> => {
    const [changes, edges] = await Promise.all([found, knownEdges()])
    const samples = (await slis?.samplesOf(changes.map(({ id }) => id))) ?? []
    return Promise.all(
      changes.map(async (change) => {
        const { partition, revocationOffset } = change
        const applies =
          revocationOffset === null ? [] : await store.applies(partition, revocationOffset)
        const sample = samples.find((each) => isOf(each, change))
        return timelineOf(change, { edges, applies, sample }, clock.nowMs())
      }),
    )
  }
  return {
    change: (id) => timelines(store.changes(id)),
    tightened: (question, limit) => timelines(store.tightened(question, limit)),
    async edges() {
      const edges = await knownEdges()
      return edges.map((edge) => ({ ...edge, standing: standingOf(edge, clock.nowMs()) }))
    },
    async subject(subjectKey) {
      const [changes, tokens] = await Promise.all([
        store.changesOf(subjectKey, SUBJECT_ROWS_MAX),
        store.tokensOf(subjectKey, SUBJECT_ROWS_MAX),
      ])
      return { changes, tokens }
    },
    async pipeline(registry, reader) {
      const [rows, bounds] = await Promise.all([store.pipeline(), pipelineBounds(reader)])
      return pipelineView(rows, bounds, registry, clock.nowMs())
    },
    followReports: (reader, signal) => followReports({ store, clock, horizon }, reader, signal),
    reportsUntilMs: () => horizon.untilMs,
  }
}

async function pipelineBounds(reader: Pick<LogReader, 'bounds'>): Promise<PipelineBounds> {
  const [changes, quarantine] = await Promise.all(
    [CHANGES_TOPIC, QUARANTINE_TOPIC].map((topic) => reader.bounds(topic).catch(() => null)),
  )
  return { changes: changes ?? null, quarantine: quarantine ?? null }
}

interface Following extends Pick<ObservatoryParts, 'store' | 'clock'> {
  readonly horizon: ReportHorizon
}

/** Reports are evidence: a lost one is replaced by the next, so none is read twice on purpose. */
async function followReports(
  { store, clock, horizon }: Following,
  reader: LogReader,
  signal: AbortSignal,
): Promise<void> {
  const bounds = await reader.bounds(EDGE_REPORTS_TOPIC)
  const from = new Map(
    bounds.map(({ partition, earliest, end }) => [partition, recent(earliest, end)]),
  )
  horizon.follow([...from.keys()])
  const follower = {
    async onRecords(partition: number, records: readonly LogRecord[], end: bigint) {
      const atMs = clock.nowMs()
      await keep(store, records)
      const last = records.at(-1)
      if (last === undefined || last.offset + 1n >= end) horizon.caughtUp(partition, atMs)
    },
    onOffsetLost: (_partition: number, lost: { readonly earliest: bigint }) => lost.earliest,
  }
  await reader.follow(EDGE_REPORTS_TOPIC, from, follower, signal)
}

function isOf(sample: ChangeSample, { tenant, source, id, partition }: LoggedChange): boolean {
  const { tenant: whose, source: by, id: name, partition: where } = sample
  return name === id && whose === tenant && by === source && where === partition
}

function recent(earliest: bigint, end: bigint): bigint {
  const start = end - REPLAY_RECORDS_MAX
  return start > earliest ? start : earliest
}

async function keep(store: ObservatoryStore, records: readonly LogRecord[]): Promise<void> {
  for (const record of records) {
    const report = decodeEdgeReport(record)
    if (report) await store.record(report, record.appendedAtMs)
  }
}
