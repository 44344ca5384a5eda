import type { Registry } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import type { Slo } from '@freshet/protocol/slo'
import type { ProbeWorld, SloCount } from '@freshet/insight'
import type { Timer } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { keepProbing, onceActive } from './keep-probing.ts'
import { ProbeReport } from './probe-report.ts'

const slo: Slo = {
  name: 'correctness',
  sli: 'correctness',
  class: null,
  thresholdMs: null,
  target: 0.999,
  description: '',
  windowDays: 28,
  alerts: ['page'],
  alertWindows: ['1h', '6h'],
}
const registry = {
  claims: new Map([
    ['probe', { name: 'probe', source: PROBE_NAME, class: 'reduce' }],
    ['groups', { name: 'groups', source: 'hr', class: 'reduce' }],
  ]),
  audiences: new Map([[PROBE_NAME, { name: PROBE_NAME, claims: ['probe'] }]]),
  sources: new Map([[PROBE_NAME, { heartbeatMs: 1_000 }]]),
} as unknown as Registry

/** Everything holds, but that an edge goes on letting in where it is deaf. */
function world(isDeaf: boolean): ProbeWorld {
  let isRemoved = false
  const nothing = (): Promise<void> => Promise.resolve()
  return {
    targets: ['sidecar'],
    grant: nothing,
    mint: () => Promise.resolve('token'),
    ask: () =>
      Promise.resolve(
        isRemoved && !isDeaf
          ? { answer: 'refused', summary: 'deny, stale' }
          : { answer: 'allowed', summary: 'allow, fresh' },
      ),
    remove() {
      isRemoved = true
      return Promise.resolve('change')
    },
    progress: () =>
      Promise.resolve({
        stages: [
          { step: 'record', edge: null, atMs: 1, clock: 'reconciler' },
          { step: 'publish', edge: null, atMs: 2, clock: 'broker' },
        ],
        missing: [],
        isApplied: true,
      }),
    restore: nothing,
  }
}

/** A rest of the walk takes so much longer. The first one is that of the start, the second one that between two probes. */
interface Stall {
  readonly stoppedMs: number
  readonly rest?: number
}

/** A timer by which the process is stopped once, in a rest of the walk. */
function stopping(clock: ManualClock, { stoppedMs, rest = 2 }: Stall): Timer {
  let rests = 0
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    async sleep(ms, signal) {
      // The heartbeats have shorter ones.
      const isStopped = ms > 1_000 && (rests += 1) === rest
      await clock.sleep(isStopped ? ms + stoppedMs : ms, signal)
    },
  }
}

/** Probes for this time, and returns the reports. */
async function probed(
  isDeaf: boolean,
  forMs: number,
  stall: Stall = { stoppedMs: 0 },
  sendHeartbeat: (n: number) => Promise<void> = async () => {},
) {
  const clock = new ManualClock()
  const timer = stopping(clock, stall)
  const stop = new AbortController()
  const counts: SloCount[] = []
  const metrics = { sent: 0, acked: 0, lost: 0 }
  const report = new ProbeReport()
  const claims: string[] = []
  let heartbeats = 0
  const kept = keepProbing(
    {
      worldOf(claim) {
        claims.push(claim)
        return world(isDeaf)
      },
      sendHeartbeat: () => sendHeartbeat((heartbeats += 1)),
      loaded: () => ({ registry, hash: '' }),
      slis: { add: async (added) => void counts.push(...added) },
      slos: [slo],
      metrics: {
        sent: () => void (metrics.sent += 1),
        acked: () => void (metrics.acked += 1),
        lost: () => void (metrics.lost += 1),
      },
      report,
      timer,
      onBroken: () => {},
      onTrouble: () => {},
    },
    stop.signal,
  )
  for (let ms = 0; ms < forMs; ms += 50) await clock.advance(50)
  stop.abort()
  await kept
  const sums = counts.map(({ slo: name, origin, good, valid }) => [name, origin, good, valid])
  return { sums, metrics, report: report.json(), claims, heartbeats }
}

describe('probing', () => {
  it('walks each claim of the probes every ten seconds, and counts it as correct', async () => {
    const { sums, metrics, claims, heartbeats, report } = await probed(false, 41_000)
    expect(claims).toEqual(['probe', 'probe'])
    expect(metrics).toEqual({ sent: 2, acked: 2, lost: 0 })
    expect(sums).toEqual([
      ['correctness', 'probe', 1, 1],
      ['correctness', 'probe', 1, 1],
    ])
    // Their source sends heartbeats all the while.
    expect(heartbeats).toBeGreaterThanOrEqual(40)
    expect(report).toMatchObject([{ claim: 'probe', broken: null, change: 'change' }])
  })

  it('begins once a policy version is active', async () => {
    const clock = new ManualClock(0)
    const stop = new AbortController()
    let isActive = false
    let begun = 0
    const work = (): Promise<void> => Promise.resolve(void (begun += 1))
    const waits = { timer: clock, isActive: () => isActive }
    const kept = onceActive(waits, work, stop.signal)
    await clock.advance(600_000)
    expect(begun).toBe(0)
    isActive = true
    await clock.advance(1_000)
    await kept
    expect(begun).toBe(1)
    // Control: a process that ends before does not begin.
    isActive = false
    const ended = onceActive(waits, work, stop.signal)
    stop.abort()
    await clock.advance(1_000)
    await ended
    expect(begun).toBe(1)
  })

  it('rests after the process was stopped, until its source is heard again', async () => {
    const stopped = await probed(false, 118_000, { stoppedMs: 75_000 })
    expect(stopped.metrics).toEqual({ sent: 1, acked: 1, lost: 0 })
    expect((await probed(false, 121_000, { stoppedMs: 75_000 })).metrics.sent).toBe(2)
    expect((await probed(false, 109_000, { stoppedMs: 75_000, rest: 1 })).metrics.sent).toBe(0)
    expect((await probed(false, 111_000, { stoppedMs: 75_000, rest: 1 })).metrics.sent).toBe(1)
    // Control: a rest that is a little late on a busy machine is none.
    expect((await probed(false, 43_500, { stoppedMs: 3_000 })).metrics.sent).toBe(2)
  })

  it('sends a heartbeat that failed again after a quarter of the interval, once', async () => {
    const failing = (from: number) => (n: number) =>
      n >= from ? Promise.reject(new Error('planned')) : Promise.resolve()
    expect((await probed(false, 3_200, { stoppedMs: 0 }, failing(99))).heartbeats).toBe(4)
    const once = (n: number): Promise<void> => (n === 2 ? failing(2)(n) : Promise.resolve())
    expect((await probed(false, 3_300, { stoppedMs: 0 }, once)).heartbeats).toBe(5)
    // Control: while the gateway is away, the interval stays as it is.
    expect((await probed(false, 3_300, { stoppedMs: 0 }, failing(2))).heartbeats).toBe(5)
  })

  it('counts a token that is let in seven seconds after its removal as lost, and says where', async () => {
    const { sums, metrics, report } = await probed(true, 39_000)
    expect(metrics).toEqual({ sent: 1, acked: 0, lost: 1 })
    expect(sums).toEqual([['correctness', 'probe', 0, 1]])
    const why = 'not within 7000 ms: allow, fresh'
    expect(report).toMatchObject([{ tookMs: null, broken: { step: 'denied', at: 'sidecar', why } }])
  })
})
