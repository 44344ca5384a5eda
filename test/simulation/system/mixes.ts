import type { CallFaults } from '../kernel/faults.ts'

/** What goes wrong in a run: each call's chances, and disasters by their mean distance in ms. */
export interface Mix extends CallFaults {
  /** How long the faults last, and how long after them everything must be told. */
  readonly faultsMs: number
  readonly healMs: number
  readonly crashEveryMs: number
  readonly pauseEveryMs: number
  readonly cutEveryMs: number
  /** A new policy version is deployed, process by process. */
  readonly rolloutEveryMs: number
  /** A source says nothing for a while. */
  readonly silenceEveryMs: number
  /** The broker forgets what is older than it has to keep. */
  readonly retentionEveryMs: number
  readonly backupEveryMs: number
  readonly restoreEveryMs: number
  /** The revocation topic loses its last records. */
  readonly tailLossEveryMs: number
  /** The change topic loses its last records, or all of them, although they were acknowledged. */
  readonly changeLossEveryMs: number
  /** Somebody who may write to the topics, and has no key, writes to them. */
  readonly strangerEveryMs: number
  /** Chances that a source which writes itself sends what cannot be read, or is not its to say. */
  readonly garbled: number
  readonly overreach: number
  /** 1: with some policy versions a claim moves to another source. */
  readonly moves: number
  /** 1: a second tenant, of which nothing may be seen in the first. */
  readonly neighbour: number
  /** Chance that a source which lies vouches, in a heartbeat, for what it has not been answered. */
  readonly lies: number
  /** The versions of a source that lies go back for a while. */
  readonly relapseEveryMs: number
  /** Database or broker have no room for anything new for a while. */
  readonly fullEveryMs: number
  /** A key has its turn: of checkpoints, a source, gateways, tokens; or one is revoked or denied. */
  readonly keyEveryMs: number
  /** Clocks of edges and authorities step as far as this from the true time, beyond what is allowed. */
  readonly wrongMs: number
  /** Clocks stand apart by up to this much in all, and step every so often. */
  readonly skewMs: number
  readonly clockStepEveryMs: number
}

/** Ways take time, and nothing goes wrong. */
const CALM: Mix = {
  faultsMs: 14_000,
  healMs: 18_000,
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
  rolloutEveryMs: 0,
  silenceEveryMs: 0,
  retentionEveryMs: 0,
  backupEveryMs: 0,
  restoreEveryMs: 0,
  tailLossEveryMs: 0,
  changeLossEveryMs: 0,
  strangerEveryMs: 0,
  garbled: 0,
  overreach: 0,
  moves: 0,
  neighbour: 0,
  lies: 0,
  relapseEveryMs: 0,
  fullEveryMs: 0,
  keyEveryMs: 0,
  wrongMs: 0,
  skewMs: 0,
  clockStepEveryMs: 0,
}

/** Acknowledged changes are lost; the sources find out, and state all anew. */
const HISTORY: Mix = {
  ...CALM,
  crashBefore: 0.001,
  crashAfter: 0.001,
  unknown: 0.002,
  late: 0.005,
  pauseEveryMs: 2_800,
  // Sources find out when nobody hears them for two leases.
  healMs: 45_000,
  changeLossEveryMs: 4_200,
  tailLossEveryMs: 8_400,
}

/** The mixes, by the name that `npm run sim -- --mix` takes. */
export const MIXES: Readonly<Record<string, Mix>> = {
  calm: CALM,
  /** Processes die between any two steps, and stand still for seconds. */
  crashes: {
    ...CALM,
    crashBefore: 0.002,
    crashAfter: 0.002,
    crashEveryMs: 1_800,
    pauseEveryMs: 2_100,
  },
  /** Calls and answers are lost, late, doubled; ways are closed, also in one direction alone. */
  network: {
    ...CALM,
    faultsMs: 20_000,
    latencyMs: [0, 25],
    stall: 0.004,
    stallMs: 2_000,
    refused: 0.004,
    unknown: 0.005,
    late: 0.01,
    twice: 0.005,
    cutEveryMs: 7_000,
    silenceEveryMs: 20_000,
  },
  /** The database goes back to an older copy, and the revocation topic loses its end. */
  restore: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    refused: 0.003,
    unknown: 0.003,
    late: 0.005,
    backupEveryMs: 1_000,
    restoreEveryMs: 4_900,
    tailLossEveryMs: 4_200,
  },
  /** The revocation topic loses its end again and again, while processes come and go. */
  tails: { ...CALM, late: 0.01, crashEveryMs: 1_000, tailLossEveryMs: 1_000 },
  /** Policy versions come while processes die; every other one ends the tokens of before. */
  rollout: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 3_500,
    pauseEveryMs: 4_200,
    rolloutEveryMs: 3_500,
  },
  /** Topics keep no more than they must, and whoever starts finds the beginning gone. */
  retention: {
    ...CALM,
    faultsMs: 50_000,
    late: 0.005,
    unknown: 0.002,
    crashEveryMs: 2_500,
    retentionEveryMs: 1_000,
  },
  history: HISTORY,
  /** Clocks stand as far apart as is allowed, and step within that. */
  clocks: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    pauseEveryMs: 3_500,
    skewMs: 1_900,
    clockStepEveryMs: 2_100,
  },
  /**
   * Everything at once but lost changes: a broker that loses acknowledged changes and a database
   * that goes back to before them are together outside of the promise.
   */
  storm: {
    ...CALM,
    faultsMs: 20_000,
    latencyMs: [0, 15],
    stall: 0.003,
    stallMs: 1_500,
    crashBefore: 0.001,
    crashAfter: 0.001,
    refused: 0.003,
    unknown: 0.004,
    late: 0.008,
    twice: 0.004,
    crashEveryMs: 5_000,
    pauseEveryMs: 5_000,
    cutEveryMs: 5_000,
    backupEveryMs: 1_500,
    restoreEveryMs: 9_000,
    tailLossEveryMs: 8_000,
    strangerEveryMs: 500,
    skewMs: 1_500,
    clockStepEveryMs: 6_000,
  },
  /** A stranger repeats, moves, alters and invents records of both topics. */
  stranger: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    crashEveryMs: 4_200,
    strangerEveryMs: 120,
  },
  /** Sources prove what they sent, and it cannot be read, or is not theirs to say. */
  poison: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 5_600,
    strangerEveryMs: 400,
    garbled: 0.3,
    overreach: 0.15,
  },
  /** A claim moves to another source and back, while processes die and changes of it are under way. */
  moves: {
    ...CALM,
    faultsMs: 21_000,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    refused: 0.002,
    crashEveryMs: 4_200,
    pauseEveryMs: 5_600,
    rolloutEveryMs: 4_900,
    moves: 1,
  },
  /** Two tenants, whose subjects, clients, values and changes have the same names. */
  tenants: {
    ...CALM,
    faultsMs: 10_500,
    crashAfter: 0.001,
    refused: 0.002,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 4_200,
    silenceEveryMs: 5_600,
    neighbour: 1,
  },
  /**
   * Sources vouch for what they have not told, and their versions go back. Of their own claims
   * nothing is promised until they mend themselves; everything else is.
   */
  liars: {
    ...CALM,
    crashAfter: 0.001,
    refused: 0.02,
    unknown: 0.01,
    late: 0.01,
    stall: 0.004,
    stallMs: 2_000,
    crashEveryMs: 5_600,
    lies: 0.8,
    relapseEveryMs: 4_900,
  },
  /** Database and broker run full, and have room again. */
  full: { ...CALM, crashAfter: 0.001, unknown: 0.002, crashEveryMs: 5_600, fullEveryMs: 3_500 },
  /** Keys have their turns, and some are revoked, with everything under way. */
  keys: {
    ...CALM,
    faultsMs: 31_500,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 2_800,
    keyEveryMs: 4_200,
  },
  /** Clocks of edges and authorities are wrong by more than is allowed, now ahead, now behind. */
  'wrong-clocks': {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    stall: 0.003,
    stallMs: 1_500,
    crashEveryMs: 5_600,
    pauseEveryMs: 4_200,
    wrongMs: 9_000,
    skewMs: 1_500,
    clockStepEveryMs: 1_800,
  },
}

/**
 * Mixes beyond the promise, for controls alone: what they break must hold, at that seed, with every
 * guard on.
 */
export const BEYOND: Readonly<Record<string, Mix>> = {
  /** The broker loses what it acknowledged, and the database goes back to before that. */
  'lost-twice': { ...HISTORY, tailLossEveryMs: 0, backupEveryMs: 1_000, restoreEveryMs: 4_200 },
}

/** @throws where there is no mix of that name */
export function mixOf(name: string): Mix {
  const mix = MIXES[name]
  if (mix === undefined) throw new Error(`There is no mix ${name}.`)
  return mix
}
