import type { CallFaults } from '../kernel/faults.ts'

/** The faults of a run: each call's probabilities, and disasters by their mean distance in ms. */
export interface Mix extends CallFaults {
  /** The duration of the faults, and the time after them by which everything must be sent and recorded. */
  readonly faultsMs: number
  readonly healMs: number
  readonly crashEveryMs: number
  readonly pauseEveryMs: number
  readonly cutEveryMs: number
  /** A new policy version is deployed, process by process. */
  readonly rolloutEveryMs: number
  /** A source sends nothing for a while. */
  readonly silenceEveryMs: number
  /** The broker deletes records that are older than its retention. */
  readonly retentionEveryMs: number
  readonly backupEveryMs: number
  readonly restoreEveryMs: number
  /** The database goes back, and the change topic loses the heartbeats that it had acknowledged since. */
  readonly rewindEveryMs: number
  /** The revocation topic loses its last records. */
  readonly tailLossEveryMs: number
  /** The change topic loses its last records, or all of them, although they were acknowledged. */
  readonly changeLossEveryMs: number
  /** The control partition loses changes that were acknowledged and are not recorded yet. */
  readonly unrecordedLossEveryMs: number
  /** The share of scheduled snapshots that have claims alone. */
  readonly claimsAlone: number
  /** A partition gets a leader that does not show all of its records. */
  readonly lagEveryMs: number
  /** A sender without a key, who can write to the topics, writes to them. */
  readonly strangerEveryMs: number
  /**
   * Probability that a source which writes directly sends an unreadable record, or a change that it is not
   * allowed to send.
   */
  readonly garbled: number
  readonly overreach: number
  /** Probability that a source forgets to send a change of a claim, until its next snapshot. */
  readonly forgets: number
  /** A source sends a snapshot without a request; or begins one and abandons it. */
  readonly resyncEveryMs: number
  /** 1: a source has so many subjects that a truncated export of it must be confirmed. */
  readonly crowd: number
  /** Operators cut off, deny, and by mistake give orders without the confirmation that they need. */
  readonly orderEveryMs: number
  /** Operators open a route for a claim (break-glass), and close it before its time. */
  readonly openEveryMs: number
  /** Probability that a source which writes directly signs with a key that is not published yet. */
  readonly unproven: number
  /** Operators replay or drop quarantined records. */
  readonly replayEveryMs: number
  /** 1: with some policy versions a claim moves to another source. */
  readonly moves: number
  /** 1: there is a second tenant, whose changes must not be visible in the first. */
  readonly neighbour: number
  /** Tenants in which nothing changes, and whose sources send one heartbeat for a thousand of them. */
  readonly quiet: number
  /** 1: a partner mints tokens of its own, which are judged by time. */
  readonly foreign: number
  /** Probability that a lying source covers by a heartbeat an event without an answer. */
  readonly lies: number
  /** The versions of a lying source go back for a while. */
  readonly relapseEveryMs: number
  /** Database or broker have no room for new data for a while. */
  readonly fullEveryMs: number
  /** A key rotates: of checkpoints, a source, gateways or tokens; or one is revoked or denied. */
  readonly keyEveryMs: number
  /** The largest step of edges' and authorities' clocks from the true time, beyond the tolerance. */
  readonly wrongMs: number
  /**
   * Admins publish and activate versions of a registry whose owners, claims, providers and tenant change. The
   * run then has owners of its own, and its truth is theirs.
   */
  readonly registryEveryMs: number
  /** The operations of these versions; without one, all. */
  readonly operations: readonly string[]
  /** The tool of a partner sends, which knows a version a while after it is in force. */
  readonly partnerEveryMs: number
  /** Probability that a source commits two facts about a claim under one version. */
  readonly equals: number
  /** The database fails over to a copy by logical replication, whose sequences are behind. */
  readonly failoverEveryMs: number
  /** The clock of a source, or of its gateways too, is ahead by up to half an hour for a while. */
  readonly aheadEveryMs: number
  /** The largest total difference between clocks; they step every so often. */
  readonly skewMs: number
  readonly clockStepEveryMs: number
}

/** Requests and answers take time, and no fault strikes. */
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
  unrecordedLossEveryMs: 0,
  claimsAlone: 0,
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
  registryEveryMs: 0,
  operations: [],
  partnerEveryMs: 0,
  equals: 0,
  failoverEveryMs: 0,
  aheadEveryMs: 0,
  skewMs: 0,
  clockStepEveryMs: 0,
}

/** Returns whether the database goes back to a copy in a run of this mix. */
export function goesBack({ restoreEveryMs, rewindEveryMs }: Mix): boolean {
  return restoreEveryMs > 0 || rewindEveryMs > 0
}
