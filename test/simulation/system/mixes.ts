import type { CallFaults } from '../kernel/faults.ts'

/** What goes wrong in a run: each call's chances, and disasters by their mean distance in ms. */
export interface Mix extends CallFaults {
  readonly crashEveryMs: number
  readonly pauseEveryMs: number
  readonly cutEveryMs: number
  readonly backupEveryMs: number
  readonly restoreEveryMs: number
  /** The revocation topic loses its last records. */
  readonly tailLossEveryMs: number
  /** Clocks stand apart by up to this much in all, and step every so often. */
  readonly skewMs: number
  readonly clockStepEveryMs: number
}

/** Ways take time, and nothing goes wrong. */
const CALM: Mix = {
  latencyMs: [0, 6],
  stall: 0,
  stallMs: 0,
  crashBefore: 0,
  crashAfter: 0,
  refused: 0,
  unknown: 0,
  late: 0,
  twice: 0,
  crashEveryMs: 0,
  pauseEveryMs: 0,
  cutEveryMs: 0,
  backupEveryMs: 0,
  restoreEveryMs: 0,
  tailLossEveryMs: 0,
  skewMs: 0,
  clockStepEveryMs: 0,
}

/** The mixes, by the name that `npm run sim -- --mix` takes. */
export const MIXES: Readonly<Record<string, Mix>> = {
  calm: CALM,
  /** Processes die between any two steps, and stand still for seconds. */
  crashes: {
    ...CALM,
    crashBefore: 0.002,
    crashAfter: 0.002,
    crashEveryMs: 2_500,
    pauseEveryMs: 3_000,
  },
  /** Calls and answers are lost, late, doubled; ways are closed, also in one direction alone. */
  network: {
    ...CALM,
    latencyMs: [0, 30],
    stall: 0.01,
    stallMs: 2_000,
    refused: 0.01,
    unknown: 0.01,
    late: 0.02,
    twice: 0.01,
    cutEveryMs: 2_500,
  },
  /** The database goes back to an older copy, and the revocation topic loses its end. */
  restore: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    backupEveryMs: 1_500,
    restoreEveryMs: 7_000,
    tailLossEveryMs: 6_000,
  },
  /** Clocks stand as far apart as is allowed, and step within that. */
  clocks: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    pauseEveryMs: 5_000,
    skewMs: 1_900,
    clockStepEveryMs: 3_000,
  },
}
