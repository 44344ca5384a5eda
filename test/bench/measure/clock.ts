import { setTimeout as sleep } from 'node:timers/promises'

/** The clock of measurements: monotonic, and the same in every process of this machine. */
export interface BenchClock {
  nowNs(): number
  sleep(ms: number): Promise<void>
}

/** The machine's own clock; exact to a nanosecond for a hundred days of uptime. */
export const machineClock: BenchClock = {
  nowNs: () => Number(process.hrtime.bigint()),
  sleep: async (ms) => {
    await sleep(ms)
  },
}
