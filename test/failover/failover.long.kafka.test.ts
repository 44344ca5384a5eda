import { appendFile } from 'node:fs/promises'
import { kafkaAvailability } from '@freshet/local-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULTS } from './faults.ts'
import { watchLeaders } from './leaders.ts'
import { startWitness, type Testimony } from './witness.ts'
import { startWorld, type FailoverWorld } from './world.ts'

const FAULT_TEST_MS = 300_000
const RECOVERS_WITHIN_MS = 120_000
/** The file to which the long form writes the witness's observations. */
const report = process.env['FAILOVER_REPORT']
const faults = report === undefined ? FAULTS.slice(0, 1) : FAULTS
const { available } = await kafkaAvailability()

describe.runIf(available)('three brokers, a database, and a witness outside', () => {
  let world: FailoverWorld
  beforeAll(async () => {
    world = await startWorld()
  }, FAULT_TEST_MS)
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    expect(world.stack.deaths).toEqual([])
  })

  it.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s: nothing is lost, nothing is let in, and all recover',
    async (_, fault) => {
      const witness = await startWitness(world.stack, fault.name)
      const leaders = watchLeaders(world.cluster.brokers, world.ended)
      const beganMs = performance.now()
      await fault.strike(world)
      const struckMs = performance.now()
      await leaders.untilLed(RECOVERS_WITHIN_MS)
      const ledMs = Math.max(struckMs, await leaders.stop())
      await witness.untilAllAllowed(RECOVERS_WITHIN_MS)
      await fault.mend(world)
      await witness.untilAllRefused(RECOVERS_WITHIN_MS)
      await witness.untilAllAllowed(RECOVERS_WITHIN_MS)
      const testimony = await witness.stop()
      const after = (ms: number): number => Math.max(0, testimony.lastUnverifiedMs - ms)
      const spans = {
        lastedMs: struckMs - beganMs,
        recoveredMs: after(struckMs),
        afterLedMs: after(ledMs),
      }
      if (report !== undefined) await appendFile(report, lineOf(fault.name, spans, testimony))
      expect(testimony.letIn).toBe(0)
      expect(testimony.removals).toBeGreaterThan(0)
    },
    FAULT_TEST_MS,
  )
})

/** The time for which the fault prevented a recovery, and the time of the recovery after it. */
interface Spans {
  readonly lastedMs: number
  readonly recoveredMs: number
  /** The part of it in which every partition had a living leader again. */
  readonly afterLedMs: number
}

function lineOf(name: string, spans: Spans, testimony: Testimony): string {
  const { removals, refusedAfterMs, unverifiedMs, letIn } = testimony
  const sorted = refusedAfterMs.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const { lastedMs, recoveredMs, afterLedMs } = spans
  const times = [lastedMs, recoveredMs, afterLedMs, unverifiedMs, at(0.5), at(1)].map(
    (ms) => `${(ms / 1_000).toFixed(2)} s`,
  )
  return `| ${[name, ...times, removals, letIn].join(' | ')} |\n`
}
