/** How gateways, sources and reconciler work in a run. The first value of each is the product's. */
export interface GatewayRules {
  /** Rule 34: whether stamp and bytes are committed before they are produced. */
  readonly produce: 'after-commit' | 'before-commit'
  /** Rule 34: what makes the answer to a source. */
  readonly answer: 'acknowledged' | 'stamped'
  /** Rule 34: whether anybody produces what a gateway left over. */
  readonly sweeper: 'runs' | 'never'
  /** Rule 34: what a turn for changes produces: what this gateway was asked for, or what others have in flight, too. */
  readonly turn: 'own' | 'everything'
  /** Whether anything goes wrong. */
  readonly faults: 'strike' | 'none'
  /** Rule 35: the sequence that a dense source is asked for. */
  readonly next: 'first-free' | 'after-last'
  /** Rule 35: whether the reconciler writes the stamps of what it applies. */
  readonly stamps: 'written-back' | 'forgotten'
  /** Whether gateways of one feed take turns. */
  readonly feed: 'locked' | 'unlocked'
  /** Rule 37: whether a heartbeat waits for what it covers: one for many tenants, or any. */
  readonly heartbeat: 'waits' | 'many-do-not-wait' | 'does-not-wait'
  /** Rule 37: what a source that does not number says of what it has only sent. */
  readonly word: 'answered' | 'sent'
  /** Rule 37: whether a source reads its clock before the end of its feed. */
  readonly clock: 'before-the-end' | 'after-the-end'
}

/** The rules as the product keeps them. */
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
  /** The database or the broker fails; half of the times it has done what was asked. */
  unknown: 0.03,
  /** Of what the broker does although it failed, how much lands later. */
  late: 0.4,
  lateMs: [200, 3_000],
  lostRequest: 0.08,
  backupEveryMs: 600,
  restoreEveryMs: 1_500,
  eventEveryMs: 260,
} as const

/** So long things go wrong. */
export const FAULTS_MS = 8_000
/** So long after, everything must be answered, produced, recorded and told. */
export const HEAL_MS = 12_000
/** How long a source waits for an answer before it asks again. */
export const ANSWER_WAIT_MS = 2_500
