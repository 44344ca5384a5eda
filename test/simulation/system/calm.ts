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
  /** The database goes back, and the change topic loses the heartbeats that it had acknowledged since. */
  readonly rewindEveryMs: number
  /** The revocation topic loses its last records. */
  readonly tailLossEveryMs: number
  /** The change topic loses its last records, or all of them, although they were acknowledged. */
  readonly changeLossEveryMs: number
  /** A partition gets a leader that does not show all that it holds. */
  readonly lagEveryMs: number
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
  /** Tenants of which nothing changes, and whose sources send one heartbeat for a thousand of them. */
  readonly quiet: number
  /** 1: a partner mints tokens of its own, which are judged by time. */
  readonly foreign: number
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
export const CALM: Mix = {
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
  rewindEveryMs: 0,
  tailLossEveryMs: 0,
  changeLossEveryMs: 0,
  lagEveryMs: 0,
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
  quiet: 0,
  foreign: 0,
  lies: 0,
  relapseEveryMs: 0,
  fullEveryMs: 0,
  keyEveryMs: 0,
  wrongMs: 0,
  skewMs: 0,
  clockStepEveryMs: 0,
}

/** Whether the database goes back to a copy in a run of this mix. */
export function goesBack({ restoreEveryMs, rewindEveryMs }: Mix): boolean {
  return restoreEveryMs > 0 || rewindEveryMs > 0
}
