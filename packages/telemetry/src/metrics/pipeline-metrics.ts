import { Counter, Gauge, Histogram } from 'prom-client'
import { FANOUT_BUCKETS, seconds } from '../prometheus/buckets.ts'
import { bounded, NAMES_MAX, type EventOutcome } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'
import { stageHistogram, type StagePassed } from '../prometheus/stage-histogram.ts'

/** The metrics of changes between their source and the revocation topic. */
export interface PipelineMetrics {
  stagePassed: StagePassed
  /** An event was decided. `claim` is `-` for events of the account or of many subjects. */
  eventDecided(source: string, claim: string, outcome: EventOutcome): void
  /** A full statement found what no event had announced, of the kind that it is. */
  changeMissed(source: string, owner: string, kind: 'removal' | 'grant'): void
  /** The two sources of a claim began to contradict each other about a subject. */
  claimContradicted(claim: string, owner: string): void
  /** One step of marking made `count` outstanding tokens stale by a change. */
  tokensMarkedStale(count: number, changeClass: string): void
  /** Sets whether the recording of a partition pauses, because the same records fail again and again. */
  recordingPaused(partition: number, isPaused: boolean): void
  /** The claims of subjects in doubt. */
  doubtsSeen(open: number): void
  /** Rows that wait to be published, and how long the oldest of them does. */
  outboxSeen(pending: number, oldestAgeMs: number): void
  /** Rows of the outbox waited where no publisher looks. */
  rowsHidden(rows: number): void
}

/** Registers them. Call once per `Metrics`. */
export function pipelineMetrics(metrics: Metrics): PipelineMetrics {
  const registers = [metrics.registry]
  const events = new Counter({
    name: 'freshet_events_total',
    help: 'Change events by outcome.',
    labelNames: ['source', 'claim', 'outcome'],
    registers,
  })
  const stale = new Counter({
    name: 'freshet_tokens_stale_total',
    help: 'Outstanding tokens that were marked stale.',
    labelNames: ['class'],
    registers,
  })
  const fanout = new Histogram({
    name: 'freshet_change_fanout_tokens',
    help: 'Outstanding tokens that one step of marking, of 2,000 tokens at most, made stale by one change.',
    buckets: FANOUT_BUCKETS,
    registers,
  })
  const outboxSeen = outbox(registers)
  const boundedSource = bounded(NAMES_MAX)
  const boundedClaim = bounded(NAMES_MAX)
  const boundedClass = bounded(NAMES_MAX)
  return {
    stagePassed: stageHistogram(metrics).passed,
    eventDecided: (source, claim, outcome) =>
      events.inc({ source: boundedSource(source), claim: boundedClaim(claim), outcome }),
    changeMissed: missedChanges(registers),
    claimContradicted: contradictions(registers),
    tokensMarkedStale: (count, changeClass) => {
      stale.inc({ class: boundedClass(changeClass) }, count)
      fanout.observe(count)
    },
    recordingPaused: pauses(registers),
    doubtsSeen: doubts(registers),
    outboxSeen,
    rowsHidden: hidden(registers),
  }
}

function hidden(registers: Metrics['registry'][]): PipelineMetrics['rowsHidden'] {
  const rows = new Counter({
    name: 'freshet_outbox_hidden_rows_total',
    help: 'Rows that waited below the floor from which publishers read the outbox. They are published once they are counted.',
    registers,
  })
  return (count) => rows.inc(count)
}

function pauses(registers: Metrics['registry'][]): PipelineMetrics['recordingPaused'] {
  const paused = new Gauge({
    name: 'freshet_recording_paused',
    help: '1 while a partition of the change topic cannot be recorded; the reconciler retries.',
    labelNames: ['partition'],
    registers,
  })
  return (partition, isPaused) => paused.set({ partition: String(partition) }, isPaused ? 1 : 0)
}

function doubts(registers: Metrics['registry'][]): PipelineMetrics['doubtsSeen'] {
  const open = new Gauge({
    name: 'freshet_doubts',
    help: 'Claims of subjects in doubt, which no token carries, counted each minute up to 100,000. Deleted subjects count.',
    registers,
  })
  return (count) => open.set(count)
}

function outbox(registers: Metrics['registry'][]): PipelineMetrics['outboxSeen'] {
  const pending = new Gauge({
    name: 'freshet_outbox_pending',
    help: 'Rows that wait to be published.',
    registers,
  })
  const oldest = new Gauge({
    name: 'freshet_outbox_oldest_age_seconds',
    help: 'The wait of the oldest row that is not published.',
    registers,
  })
  return (count, oldestAgeMs) => {
    pending.set(count)
    oldest.set(seconds(oldestAgeMs))
  }
}

function missedChanges(registers: Metrics['registry'][]): PipelineMetrics['changeMissed'] {
  const missed = new Counter({
    name: 'freshet_missed_changes_total',
    help: 'Missed changes that snapshots found, counted in claims of subjects.',
    labelNames: ['source', 'owner', 'kind'],
    registers,
  })
  const boundedSource = bounded(NAMES_MAX)
  const boundedOwner = bounded(NAMES_MAX)
  return (source, owner, kind) =>
    missed.inc({ source: boundedSource(source), owner: boundedOwner(owner), kind })
}

function contradictions(registers: Metrics['registry'][]): PipelineMetrics['claimContradicted'] {
  const contradicted = new Counter({
    name: 'freshet_contradictions_total',
    help: 'Claims of subjects for which two sources began to state different values.',
    labelNames: ['claim', 'owner'],
    registers,
  })
  const boundedClaim = bounded(NAMES_MAX)
  const boundedOwner = bounded(NAMES_MAX)
  return (claim, owner) =>
    contradicted.inc({ claim: boundedClaim(claim), owner: boundedOwner(owner) })
}
