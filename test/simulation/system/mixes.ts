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
  /** Chance that a source forgets to tell a change of a claim, until it states all anew. */
  readonly forgets: number
  /** A source states all anew, unasked; or begins to, and gives it up. */
  readonly resyncEveryMs: number
  /** 1: a source speaks of so many that an export of it which broke off must be confirmed. */
  readonly crowd: number
  /** Operators cut off, deny, and order by mistake what they must confirm. */
  readonly orderEveryMs: number
  /** Operators open a route for a claim (break-glass), and close it before its time. */
  readonly openEveryMs: number
  /** Chance that a source which writes itself signs with a key that is not published yet. */
  readonly unproven: number
  /** Operators replay or drop what is parked. */
  readonly replayEveryMs: number
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
  faultsMs: 9_100,
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
  forgets: 0,
  resyncEveryMs: 0,
  crowd: 0,
  orderEveryMs: 0,
  openEveryMs: 0,
  unproven: 0,
  replayEveryMs: 0,
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
  pauseEveryMs: 1_800,
  // Sources find out when nobody hears them for two leases.
  healMs: 45_000,
  changeLossEveryMs: 2_700,
  tailLossEveryMs: 5_500,
}

/** The mixes, by the name that `npm run sim -- --mix` takes. */
export const MIXES: Readonly<Record<string, Mix>> = {
  calm: CALM,
  /** Processes die between any two steps, and stand still for seconds. */
  crashes: {
    ...CALM,
    crashBefore: 0.002,
    crashAfter: 0.002,
    crashEveryMs: 1_200,
    pauseEveryMs: 1_400,
  },
  /** Calls and answers are lost, late, doubled; ways are closed, also in one direction alone. */
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
  /** The revocation topic loses its end again and again, while processes come and go. */
  tails: { ...CALM, late: 0.01, crashEveryMs: 600, tailLossEveryMs: 600 },
  /** Policy versions come while processes die; every other one ends the tokens of before. */
  rollout: {
    ...CALM,
    crashBefore: 0.001,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 2_300,
    pauseEveryMs: 2_700,
    rolloutEveryMs: 2_300,
  },
  /** Topics keep no more than they must, and whoever starts finds the beginning gone. */
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
  /** Clocks stand as far apart as is allowed, and step within that. */
  clocks: {
    ...CALM,
    crashAfter: 0.001,
    unknown: 0.002,
    pauseEveryMs: 2_300,
    skewMs: 1_900,
    clockStepEveryMs: 1_400,
  },
  /**
   * Everything at once but lost changes: a broker that loses acknowledged changes and a database
   * that goes back to before them are together outside of the promise.
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
  /** Sources prove what they sent, and it cannot be read, or is not theirs to say. */
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
  /** Sources forget to tell changes, and state all anew while others flow; some exports break off. */
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
  /** Operators cut off, and open routes, while sources fall silent and processes die. */
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
  /** Operators replay and drop what is parked: genuine, forged, unreadable. */
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
  /** A claim moves to another source and back, while processes die and changes of it are under way. */
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
    crashEveryMs: 3_600,
    lies: 0.8,
    relapseEveryMs: 3_200,
  },
  /** Database and broker run full, and have room again. */
  full: { ...CALM, crashAfter: 0.001, unknown: 0.002, crashEveryMs: 3_600, fullEveryMs: 2_300 },
  /** Keys have their turns, and some are revoked, with everything under way. */
  keys: {
    ...CALM,
    faultsMs: 18_900,
    crashAfter: 0.001,
    unknown: 0.003,
    late: 0.005,
    crashEveryMs: 1_700,
    keyEveryMs: 2_500,
  },
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

/**
 * Mixes beyond the promise, for controls alone: what they break must hold, at that seed, with every
 * guard on.
 */
export const BEYOND: Readonly<Record<string, Mix>> = {
  /** The broker loses what it acknowledged, and the database goes back to before that. */
  'lost-twice': { ...HISTORY, tailLossEveryMs: 0, backupEveryMs: 600, restoreEveryMs: 2_700 },
}

/** @throws where there is no mix of that name */
export function mixOf(name: string): Mix {
  const mix = MIXES[name]
  if (mix === undefined) throw new Error(`There is no mix ${name}.`)
  return mix
}
