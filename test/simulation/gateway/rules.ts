/** The behaviour of gateways, sources and reconciler in a run. The first value of each is the product's. */
export interface GatewayRules {
  /** Rule 34: the order of the commit of stamp and bytes, and the append. */
  readonly produce: 'after-commit' | 'before-commit'
  /** Rule 34: the event that causes the answer to a source. */
  readonly answer: 'acknowledged' | 'stamped'
  /** Rule 34: whether a sweeper appends the records that a gateway left behind. */
  readonly sweeper: 'runs' | 'never'
  /**
   * Rule 34: the records that a turn for changes appends: those of this gateway's requests, or also those
   * that others have in progress.
   */
  readonly turn: 'own' | 'everything'
  /** Switches all faults on or off. */
  readonly faults: 'strike' | 'none'
  /** Rule 35: the sequence that is expected from a dense source. */
  readonly next: 'first-free' | 'after-last'
  /** Rule 35: whether the reconciler writes the stamps of what it applies. */
  readonly stamps: 'written-back' | 'forgotten'
  /** The turns of gateways in one feed: by a lock, or none. */
  readonly feed: 'locked' | 'unlocked'
  /**
   * Rule 37: the heartbeats that wait for everything that they cover: all, all except those for many tenants,
   * or none.
   */
  readonly heartbeat: 'waits' | 'many-do-not-wait' | 'does-not-wait'
  /** Rule 37: the events that a source without numbers covers by a heartbeat. */
  readonly word: 'answered' | 'sent'
  /** Rule 37: whether a source reads its clock before or after the end of its feed. */
  readonly clock: 'before-the-end' | 'after-the-end'
}

/** The rules of the product. */
export const KEPT: GatewayRules = {
  produce: 'after-commit',
  answer: 'acknowledged',
  sweeper: 'runs',
  turn: 'own',
  faults: 'strike',
  next: 'first-free',
  stamps: 'written-back',
  feed: 'locked',
  heartbeat: 'waits',
  word: 'answered',
  clock: 'before-the-end',
}

/** Probabilities of one step, and mean times in ms. */
export const FAULTS = {
  crash: 0.01,
  pause: 0.02,
  pauseMs: [200, 2_500],
  /** The database or the broker fails; half of the times it has done the request. */
  unknown: 0.03,
  /** The share of the broker's failed appends that land later. */
  late: 0.4,
  lateMs: [200, 3_000],
  lostRequest: 0.08,
  backupEveryMs: 600,
  restoreEveryMs: 1_500,
  eventEveryMs: 260,
} as const

/** The time for which faults strike. */
export const FAULTS_MS = 8_000
/**
 * The time after the faults by which everything must be answered, appended, recorded and covered by a
 * heartbeat.
 */
export const HEAL_MS = 12_000
/** The time for which a source waits for an answer before it sends again. */
export const ANSWER_WAIT_MS = 2_500
