import { Counter, Gauge, Histogram } from 'prom-client'
import { TIME_BUCKETS, seconds } from '../prometheus/buckets.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The metrics of probes. */
export interface ProbeMetrics {
  sent(): void
  /** It came back with the right answer, so long after it was sent. */
  acked(tookMs: number): void
  /** It came back with a wrong answer, or not in time. */
  lost(): void
}

/** The result of the last probe of each claim that is probed. */
export type LastProbes = () => Iterable<readonly [claim: string, isBroken: boolean]>

/** Registers them. Call once per `Metrics`. `last` is asked at each scrape; by default no probe has ended. */
export function probeMetrics({ registry }: Metrics, last: LastProbes = () => []): ProbeMetrics {
  const registers = [registry]
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers })
  const sent = counter('freshet_probe_sent_total', 'Probes that were sent.')
  const acked = counter('freshet_probe_acked_total', 'Probes that came back with the right answer.')
  const lost = counter('freshet_probe_lost_total', 'Probes that came back wrong, or not in time.')
  const inFlight = new Gauge({
    name: 'freshet_probe_in_flight',
    help: 'Probes that were sent and have no result yet.',
    registers,
  })
  const broken = new Gauge({
    name: 'freshet_probe_broken',
    help: '1 while the last probe of the claim came back wrong, or not in time.',
    labelNames: ['claim'],
    registers: [],
    collect() {
      this.reset()
      for (const [claim, isBroken] of last()) this.set({ claim }, Number(isBroken))
    },
  })
  registry.registerMetric(broken)
  const duration = new Histogram({
    name: 'freshet_probe_duration_seconds',
    help: 'The time from sending a probe to the expected answer.',
    buckets: TIME_BUCKETS,
    registers,
  })
  return {
    sent() {
      sent.inc()
      inFlight.inc()
    },
    acked(tookMs) {
      acked.inc()
      inFlight.dec()
      duration.observe(seconds(tookMs))
    },
    lost() {
      lost.inc()
      inFlight.dec()
    },
  }
}
