import { declaredSigners, type Clock } from '@freshet/protocol'
import { minuteOf, type ReportRefusal, type Slo } from '@freshet/protocol/slo'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  type EdgeReport,
  type LogReader,
  type LogRecord,
  type Timer,
} from '@freshet/wire'
import type { SigningVersion } from '../edges/edge-signed.ts'
import type { NewlyRecorded, ObservatoryStore, ReceivedReport } from '../observatory-store.ts'
import type { ReportHorizon } from '../sli/report-horizon.ts'
import type { SliStore } from '../sli/sli-store.ts'
import type { SloCount } from '../sli/slo-counts.ts'
import { staleAllowCounts } from '../sli/stale-allow-counts.ts'
import { nameInKey, NamedOnce } from './named-once.ts'
import { reportProofOf } from './report-proof.ts'
import type { ObservedRequests } from './observed-requests.ts'
import type { RefusedNow } from './refused-now.ts'
import { ReportQueue } from './report-queue.ts'

/** Adds what a lot of reports counts while the next one is kept: neither waits for the disk of the other. */
class AddingCounts {
  readonly #slis: Pick<SliStore, 'add'> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(slis: Pick<SliStore, 'add'> | undefined) {
    this.#slis = slis
  }

  /** Returns once what was added before is stored. @throws what that threw */
  async add(counts: readonly SloCount[]): Promise<void> {
    await this.#last
    if (counts.length === 0 || this.#slis === undefined) return
    this.#last = this.#slis.add(counts)
    // Thrown at the next one.
    this.#last.catch(() => undefined)
  }

  /** @throws what the last one threw */
  async idle(): Promise<void> {
    await this.#last
  }
}

/** The largest number of records to go back for a report of an unknown edge. */
const REPLAY_RECORDS_MAX = 10_000n
/** Partitions of the topics that edges read; a report with another one is not about ours. */
const PARTITIONS_MAX = 1_024

/**
 * Callbacks for the content of reports beside the edges' state, each thing once, also if reports come again.
 */
export interface ReportCounts {
  /** `null`: the change is unknown, or of no class. */
  staleAllows(changeClass: string | null, requests: number): void
  /** Allows that an edge could not hold long enough, and changes whose exposure it gave up. */
  evictions(count: number): void
  /**
   * Called for a record that is no report. `edge` is the name in its key, once a minute; absent: it was
   * reported already.
   */
  unreadable(edge: string | undefined): void
  /** A report that changed nothing, because a client holds the name of its edge. `edge` likewise. */
  ignored(refusal: ReportRefusal, edge: string | undefined): void
  /**
   * Called for a signature that proves nothing under a name without a holder: the report counts as unsigned.
   * Once a minute for each edge.
   */
  unproven(refusal: ReportRefusal, edge: string): void
}

/** The parts that following reports needs. */
export interface FollowParts {
  readonly store: Pick<ObservatoryStore, 'record'>
  readonly slis?: Pick<SliStore, 'add'> | undefined
  readonly slos?: readonly Slo[] | undefined
  readonly clock: Clock
  /** Lets quiet reports of a second share a transaction; absent: none waits for another. */
  readonly timer?: Timer | undefined
  readonly horizon: ReportHorizon
  /** They count what edges report about requests. */
  readonly requests: readonly Pick<RefusedNow | ObservedRequests, 'see'>[]
  readonly counts?: ReportCounts | undefined
  /** The policy version whose keys verify reports. @throws `registry.not-loaded` */
  readonly version: () => SigningVersion
}

/** Reports are evidence: a lost one is replaced by the next, so none is read twice on purpose. */
export async function followReports(
  parts: FollowParts,
  reader: LogReader,
  signal: AbortSignal,
): Promise<void> {
  const { clock, horizon } = parts
  const bounds = await reader.bounds(EDGE_REPORTS_TOPIC)
  const from = new Map(
    bounds.map(({ partition, earliest, end }) => [partition, recent(earliest, end)]),
  )
  horizon.follow([...from.keys()])
  const named = { unreadable: new NamedOnce(), ignored: new NamedOnce() }
  const adding = new AddingCounts(parts.slis)
  const queue = new ReportQueue(
    async (reports) => adding.add(await keep(parts, reports, named.ignored)),
    parts.timer,
  )
  const follower = {
    async onRecords(partition: number, records: readonly LogRecord[], end: bigint) {
      const atMs = clock.nowMs()
      const version = parts.version()
      const signing = { ...version, declared: declaredSigners(version.registry) }
      const reports = records.flatMap((record) => {
        const received = readReport(record, signing)
        if (received === undefined) countUnreadable(record, parts, named.unreadable)
        return received ?? []
      })
      const last = records.at(-1)
      const isAll = last === undefined || last.offset + 1n >= end
      await queue.take(reports, isAll ? () => horizon.caughtUp(partition, atMs) : undefined)
    },
    onOffsetLost: (_partition: number, lost: { readonly earliest: bigint }) => lost.earliest,
  }
  await reader.follow(EDGE_REPORTS_TOPIC, from, follower, signal)
  await queue.idle()
  await adding.idle()
}

function recent(earliest: bigint, end: bigint): bigint {
  const start = end - REPLAY_RECORDS_MAX
  return start > earliest ? start : earliest
}

interface Signing extends SigningVersion {
  readonly declared: ReturnType<typeof declaredSigners>
}

function readReport(record: LogRecord, signing: Signing): ReceivedReport | undefined {
  const report = decodeEdgeReport(record)
  if (report === undefined || !isOfOurTopics(report)) return undefined
  const declared = signing.declared(report.edge)
  const proof = reportProofOf(record, report, signing)
  const received = { report, reportedAtMs: record.appendedAtMs, proof }
  return declared === undefined ? received : { ...received, declared }
}

function countUnreadable(
  { key }: LogRecord,
  { counts, clock }: FollowParts,
  named: NamedOnce,
): void {
  counts?.unreadable(named.see(nameInKey(key), clock.nowMs()))
}

/** No store has to hold a partition that cannot be. */
function isOfOurTopics({ partitions, exposed = [] }: EdgeReport): boolean {
  return [...partitions, ...exposed].every(({ partition }) => partition < PARTITIONS_MAX)
}

/** The counts of the reports for service levels. */
async function keep(
  parts: FollowParts,
  reports: readonly ReceivedReport[],
  named: NamedOnce,
): Promise<readonly SloCount[]> {
  const { store, counts, slos = [], clock } = parts
  const news = await store.record(reports)
  const ignored = new Set(news.ignored.map(({ edge }) => edge))
  const counted = reports.filter(({ report }) => !ignored.has(report.edge))
  for (const each of counted) for (const requests of parts.requests) requests.see(each)
  countNews(news, counts)
  countRefused(reports, news, { counts, named, nowMs: clock.nowMs() })
  const totals = {
    allowed: news.counted.reduce((sum, { report }) => sum + report.decisions.allow, 0),
    exposed: news.exposed,
  }
  return staleAllowCounts(slos, totals, minuteOf(clock.nowMs()))
}

function countNews({ counted, exposed }: NewlyRecorded, counts: ReportCounts | undefined): void {
  for (const { class: changeClass, requests } of exposed) counts?.staleAllows(changeClass, requests)
  for (const { report } of counted) {
    const { evictions, dropped } = report.allows ?? { evictions: 0, dropped: 0 }
    if (evictions + dropped > 0) counts?.evictions(evictions + dropped)
  }
}

interface RefusalOptions extends Pick<FollowParts, 'counts'> {
  readonly named: NamedOnce
  readonly nowMs: number
}

function countRefused(
  reports: readonly ReceivedReport[],
  { counted, ignored }: NewlyRecorded,
  { counts, named, nowMs }: RefusalOptions,
): void {
  for (const { edge, refusal } of ignored) counts?.ignored(refusal, named.see(edge, nowMs))
  const admitted = new Set(counted)
  for (const each of reports) {
    if (each.proof?.kind !== 'broken' || !admitted.has(each)) continue
    const edge = named.see(each.report.edge, nowMs)
    if (edge !== undefined) counts?.unproven(each.proof.refusal, edge)
  }
}
