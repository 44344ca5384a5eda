import { CALM, type Mix } from './calm.ts'
import { REGISTRY_MIXES } from './registry-mixes.ts'

/** Acknowledged changes are lost; the sources find out, and send snapshots. */
const HISTORY: Mix = {
  ...CALM,
  crashBefore: 0.001,
  crashAfter: 0.001,
  unknown: 0.002,
  late: 0.005,
  pauseEveryMs: 1_800,
  // Sources find out if their heartbeats do not count for two leases.
  healMs: 45_000,
  changeLossEveryMs: 2_700,
  tailLossEveryMs: 5_500,
}

/** Mixes that run only if they are named: a seed takes many seconds. */
export const SLOW_MIXES: readonly string[] = ['companies']

/** The mixes, by the name that `npm run sim -- --mix` takes. */
export const MIXES: Readonly<Record<string, Mix>> = {
  calm: CALM,
  /** Processes die between any two steps, and pause for seconds. */
  crashes: {
    ...CALM,
    crashBefore: 0.002,
    crashAfter: 0.002,
    crashEveryMs: 1_200,
    pauseEveryMs: 1_400,
  },
  /** Calls and answers are lost, late or doubled; connections are cut, also in one direction alone. */
  network: {
    ...CALM,
    faultsMs: 13_000,
    latencyMs: [0, 25],
    stall: 0.004,
    stallMs: 2_000,
    refused: 0.004,
    unknown: 0.005,
    late: 0.01,
    twice: 0.005,
    cutEveryMs: 4_600,
    silenceEveryMs: 13_000,
  },
  /** The database goes back to an older copy, and the revocation topic loses its end. */
  restore: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    refused: 0.003,
    unknown: 0.003,
    late: 0.005,
    backupEveryMs: 600,
    restoreEveryMs: 3_200,
    tailLossEveryMs: 2_700,
  },
  /** The database goes back to an older copy, and the change topic loses the heartbeats that came after it. */
  rewind: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    backupEveryMs: 600,
    rewindEveryMs: 1_800,
  },
  /** The revocation topic loses its end repeatedly, while processes come and go. */
  tails: { ...CALM, late: 0.01, crashEveryMs: 600, tailLossEveryMs: 600 },
  /** Policy versions come while processes die; every other one ends the earlier tokens. */
  rollout: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.012,
    crashEveryMs: 2_300,
    pauseEveryMs: 2_700,
    rolloutEveryMs: 2_300,
  },
  /** Topics keep no more than they must, and a starting process finds the beginning gone. */
  retention: {
    ...CALM,
    // A denial is made, the base passes it, and an edge starts after that.
    faultsMs: 42_000,
    late: 0.005,
    unknown: 0.002,
    crashEveryMs: 1_700,
    retentionEveryMs: 700,
  },
  history: HISTORY,
  /** Partitions get leaders that do not show all of their records, and processes die meanwhile. */
  elections: {
    ...CALM,
    latencyMs: [0, 12],
    crashAfter: 0.001,
    unknown: 0.002,
    crashEveryMs: 2_700,
    lagEveryMs: 350,
  },
  /** Clocks differ by as much as is allowed, and step within that. */
  clocks: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    pauseEveryMs: 2_300,
    skewMs: 1_900,
    clockStepEveryMs: 1_400,
  },
  /**
   * Everything at once except lost changes. Two faults together are outside of the promise: a broker that
   * loses acknowledged changes, and a database that goes back to before them.
   */
  storm: {
    ...CALM,
    faultsMs: 16_000,
    latencyMs: [0, 15],
    stall: 0.003,
    stallMs: 1_500,
    crashBefore: 0.001,
    crashAfter: 0.001,
    refused: 0.003,
    unknown: 0.004,
    late: 0.008,
    twice: 0.004,
    crashEveryMs: 4_000,
    pauseEveryMs: 3_600,
    cutEveryMs: 4_000,
    backupEveryMs: 1_200,
    restoreEveryMs: 7_200,
    tailLossEveryMs: 6_400,
    strangerEveryMs: 400,
    skewMs: 1_500,
    clockStepEveryMs: 4_800,
  },
  /** A stranger repeats, moves, alters and invents records of both topics. */
  stranger: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    crashEveryMs: 2_700,
    strangerEveryMs: 80,
  },
  /** Sources send proven records that cannot be read, or that they are not allowed to send. */
  poison: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 3_600,
    strangerEveryMs: 260,
    garbled: 0.3,
    overreach: 0.15,
  },
  /**
   * Sources forget to send changes, and send snapshots while other changes flow; some exports are truncated.
   */
  statements: {
    ...CALM,
    faultsMs: 17_500,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.008,
    crashEveryMs: 4_200,
    pauseEveryMs: 9_000,
    forgets: 0.2,
    resyncEveryMs: 4_900,
    crowd: 1,
  },
  /** Operators cut off, and open routes, while sources become silent and processes die. */
  operators: {
    ...CALM,
    faultsMs: 17_500,
    crashAfter: 0.001,
    refused: 0.002,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 5_600,
    silenceEveryMs: 6_300,
    orderEveryMs: 3_500,
    openEveryMs: 2_100,
    skewMs: 1_500,
    clockStepEveryMs: 4_900,
  },
  /** Tokens are denied and end, roots are written, and each reconciler that starts prunes the ended rows. */
  forgetting: {
    ...CALM,
    // A denial is recorded, its token ends, and a reconciler starts after that.
    faultsMs: 28_000,
    crashAfter: 0.001,
    unknown: 0.002,
    late: 0.005,
    crashEveryMs: 1_200,
    tailLossEveryMs: 1_800,
    orderEveryMs: 1_000,
  },
  /** Operators replay and drop quarantined records: genuine, forged, unreadable. */
  quarantine: {
    ...CALM,
    faultsMs: 14_000,
    crashAfter: 0.002,
    refused: 0.002,
    unknown: 0.004,
    late: 0.005,
    twice: 0.003,
    crashEveryMs: 5_600,
    strangerEveryMs: 700,
    garbled: 0.3,
    overreach: 0.1,
    unproven: 0.5,
    replayEveryMs: 350,
  },
  /** A claim moves to another source and back, while processes die and its changes are on their way. */
  moves: {
    ...CALM,
    faultsMs: 13_600,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    refused: 0.002,
    crashEveryMs: 2_700,
    pauseEveryMs: 3_600,
    rolloutEveryMs: 3_200,
    moves: 1,
  },
  /** Two tenants, whose subjects, clients, values and changes have the same names. */
  tenants: {
    ...CALM,
    faultsMs: 6_800,
    crashAfter: 0.001,
    refused: 0.002,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 2_700,
    silenceEveryMs: 3_600,
    neighbour: 1,
  },
  /** As many tenants as one deployment serves; all but one are quiet. */
  companies: {
    ...CALM,
    faultsMs: 6_800,
    crashAfter: 0.001,
    refused: 0.002,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 2_700,
    quiet: 4_000,
  },
  /** A partner mints tokens, while processes die, sources become silent, and versions let it give more. */
  foreign: {
    ...CALM,
    faultsMs: 13_000,
    crashAfter: 0.001,
    refused: 0.002,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 3_600,
    silenceEveryMs: 9_000,
    rolloutEveryMs: 9_000,
    skewMs: 1_500,
    clockStepEveryMs: 4_900,
    foreign: 1,
  },
  /**
   * Sources cover by heartbeats what they have not sent, and their versions go back. For their own claims
   * nothing is promised until they send a snapshot; everything else is promised.
   */
  liars: {
    ...CALM,
    crashAfter: 0.001,
    refused: 0.02,
    unknown: 0.01,
    late: 0.01,
    stall: 0.004,
    stallMs: 2_000,
    crashEveryMs: 3_600,
    lies: 0.8,
    relapseEveryMs: 3_200,
  },
  /** Database and broker become full, and have room again. */
  full: { ...CALM, crashAfter: 0.001, unknown: 0.002, crashEveryMs: 3_600, fullEveryMs: 2_300 },
  /** Keys rotate, and some are revoked, with everything in progress. */
  keys: {
    ...CALM,
    faultsMs: 18_900,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 1_700,
    keyEveryMs: 2_500,
  },
  ...REGISTRY_MIXES,
  /** Clocks of edges and authorities are wrong by more than is allowed, now ahead, now behind. */
  'wrong-clocks': {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    stall: 0.003,
    stallMs: 1_500,
    crashEveryMs: 3_600,
    pauseEveryMs: 2_700,
    wrongMs: 9_000,
    skewMs: 1_500,
    clockStepEveryMs: 1_200,
  },
}

/** @throws if there is no mix of that name */
export function mixOf(name: string): Mix {
  const mix = MIXES[name]
  if (mix === undefined) throw new Error(`There is no mix ${name}.`)
  return mix
}
