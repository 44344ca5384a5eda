import type { Clock } from '@freshet/protocol'
import { Counter, Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import { bounded } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The source and the tenant of a connection. */
export interface ConnectionNames {
  readonly source: string
  readonly tenant: string
}

/** The size of a comparison. */
export interface ComparedSizes {
  readonly subjects: number
  readonly differences: number
  /** Subjects that would lose a value or their account. */
  readonly losing: number
  /** Rows and claims that the mapping cannot read. */
  readonly unmapped: number
  readonly tookMs: number
}

/** Notes the work of connections with upstream systems. */
export interface ConnectionMetrics {
  /** This process works from now on. */
  began(names: ConnectionNames): void
  /** Another process works from now on. */
  superseded(names: ConnectionNames): void
  /** A heartbeat was accepted; `waiting` subjects are to be read. */
  heartbeat(
    names: ConnectionNames,
    state: { readonly throughMs: number; readonly waiting: number },
  ): void
  sent(names: ConnectionNames, found: 'hint' | 'compare', changes: number): void
  compared(names: ConnectionNames, sizes: ComparedSizes): void
  failed(names: ConnectionNames, work: string, code: string): void
}

/** Connections with series of their own. Later ones are `other`. */
const CONNECTIONS_MAX = 500

/** Registers the metrics of connections with upstream systems. Call once per `Metrics`. */
export function connectionMetrics(
  { registry }: Metrics,
  clock: Pick<Clock, 'nowMs'>,
): ConnectionMetrics {
  const labelNames = ['source', 'tenant'] as const
  const registers = [registry]
  const boundedSource = bounded(CONNECTIONS_MAX)
  const boundedTenant = bounded(CONNECTIONS_MAX)
  const labelsOf = ({ source, tenant }: ConnectionNames): ConnectionNames => ({
    source: boundedSource(source),
    tenant: boundedTenant(tenant),
  })
  const through = new Map<string, { readonly names: ConnectionNames; readonly throughMs: number }>()
  const drained = new Gauge({
    name: 'freshet_connect_drained_age_seconds',
    help: 'The age of the time up to which the upstream system was read empty, by the last accepted heartbeat.',
    labelNames,
    registers: [],
    collect() {
      this.reset()
      for (const { names, throughMs } of through.values())
        this.set(labelsOf(names), seconds(Math.max(0, clock.nowMs() - throughMs)))
    },
  })
  registry.registerMetric(drained)
  const gauge = (name: string, help: string): Gauge<'source' | 'tenant'> =>
    new Gauge({ name, help, labelNames, registers })
  const working = gauge(
    'freshet_connect_working',
    '1 while this process reads the upstream system; 0 while another one does.',
  )
  const waiting = gauge(
    'freshet_connect_waiting_subjects',
    'Subjects that an event named and that are not read to the end.',
  )
  const compareTook = gauge(
    'freshet_connect_compare_duration_seconds',
    'The duration of the last comparison of all subjects.',
  )
  const subjects = gauge(
    'freshet_connect_compared_subjects',
    'The subjects of the last comparison, upstream or in Freshet.',
  )
  const unmapped = gauge(
    'freshet_connect_unmapped',
    'Rows and claims of the last comparison that the mapping cannot read.',
  )
  const held = gauge(
    'freshet_connect_held_subjects',
    'Subjects that a held comparison would take something from; 0: none is held.',
  )
  const changes = new Counter({
    name: 'freshet_connect_changes_total',
    help: 'Changes that the gateway accepted, by what found them: an event of the upstream system, or comparing.',
    labelNames: [...labelNames, 'found'] as const,
    registers,
  })
  const failures = new Counter({
    name: 'freshet_connect_failures_total',
    help: 'Failures, by the part of the connection and the code of the error.',
    labelNames: [...labelNames, 'work', 'code'] as const,
    registers,
  })
  const losing = new Map<string, number>()
  return {
    began: (names) => working.set(labelsOf(names), 1),
    superseded: (names) => {
      working.set(labelsOf(names), 0)
      through.delete(keyOf(names))
    },
    heartbeat: (names, state) => {
      through.set(keyOf(names), { names, throughMs: state.throughMs })
      waiting.set(labelsOf(names), state.waiting)
    },
    sent: (names, found, count) => changes.inc({ ...labelsOf(names), found }, count),
    compared: (names, sizes) => {
      const labels = labelsOf(names)
      compareTook.set(labels, seconds(sizes.tookMs))
      subjects.set(labels, sizes.subjects)
      unmapped.set(labels, sizes.unmapped)
      held.set(labels, 0)
      losing.set(keyOf(names), sizes.losing)
    },
    failed: (names, work, code) => {
      if (code === 'connect.held') held.set(labelsOf(names), losing.get(keyOf(names)) ?? 0)
      failures.inc({ ...labelsOf(names), work, code })
    },
  }
}

function keyOf({ source, tenant }: ConnectionNames): string {
  return JSON.stringify([source, tenant])
}
