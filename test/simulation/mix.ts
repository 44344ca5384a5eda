import {
  afterAcknowledgement,
  FOLLOW_LIMITS,
  PartitionFollower,
  planAnew,
  planPublication,
  PUBLISH_LIMITS,
  type FollowLimits,
  type PublishLimits,
} from '@freshet/protocol'
import type { Decisions } from '@freshet/testkit/weakened'

/** The rules of the shell around the pure code: transactions, reading, takeover. */
export interface ShellPolicy {
  /** Rule 29: whether a publisher reads the generation in its snapshot. */
  readonly generation: 'in-snapshot' | 'unread'
  /** Rule 41: whether `through` is read in the snapshot of the rows, or in a later one. */
  readonly through: 'same-snapshot' | 'after-rows'
  /** Rule 42: the condition for the store of a head. */
  readonly store: 'generation-and-head' | 'head' | 'generation' | 'unconditional'
  /** Rule 44: whether only the linked head is read back, or every batch below the new head. */
  readonly readBack: 'whole-path' | 'linked-head'
  /** Rule 43: the checkpoint that a publisher links to. */
  readonly link: 'stored-head' | 'found-in-log' | 'own-memory'
  /** The key of outbox rows: a position, or a counter that a restore repeats. */
  readonly rowKey: 'position' | 'counter'
  /** Rule 27. */
  readonly raise: 'seconds' | 'plus-one'
  /** Rule 28: the records that the remembered record is compared with. */
  readonly compare: 'database-and-checkpoint' | 'database' | 'nothing'
  /** Rule 28: the checkpoints that are read, at every check and every reading back. */
  readonly scan: 'since-stored-head' | 'last-heartbeat'
  /** Rule 26: whether watermarks of one incarnation judge tokens of another. */
  readonly watermark: 'of-incarnation' | 'offset-only'
  /** Rule 49: whether a new root is stored only after everything behind it is sent. */
  readonly root: 'stored-when-complete' | 'stored-at-once'
  /** Rule 49: whether waiting rows are published behind a new root, or are assumed to be in it. */
  readonly waiting: 'after-root' | 'in-root'
  /** Rule 50: the list of tenants that an edge uses for a group of a heartbeat. */
  readonly list: 'named' | 'latest' | 'every-tenant'
  /** Rule 50: the time of its tenants that a group states. */
  readonly groupTime: 'earliest' | 'latest'
  /** Rule 49: whether ownership is renewed while a new root is being written. */
  readonly renew: 'while-starting-anew' | 'never'
  /** Rule 47: the age of a head at which base moves to it. */
  readonly baseAge: 'beyond-token-life' | 'at-once'
  /**
   * Rule 31: the place from which a starting edge reads, and the checkpoint that it accepts as the end of a
   * path.
   */
  readonly start: 'named-base' | 'base-of-unsigned' | 'head'
  /** Rule 19: whether the head of a path of hashes must be signed. */
  readonly hashPath: 'head-signed' | 'head-unsigned'
}

export const SHELL_POLICY: ShellPolicy = {
  generation: 'in-snapshot',
  through: 'same-snapshot',
  store: 'generation-and-head',
  readBack: 'whole-path',
  link: 'stored-head',
  rowKey: 'position',
  raise: 'seconds',
  compare: 'database-and-checkpoint',
  scan: 'since-stored-head',
  watermark: 'of-incarnation',
  root: 'stored-when-complete',
  waiting: 'after-root',
  list: 'named',
  groupTime: 'earliest',
  renew: 'while-starting-anew',
  baseAge: 'beyond-token-life',
  start: 'named-base',
  hashPath: 'head-signed',
}

/** All rules of one run. */
export interface Rules {
  /** The decisions of edges and publishers. */
  readonly decisions: Decisions
  readonly follow: FollowLimits
  readonly publish: PublishLimits
  readonly shell: ShellPolicy
}

/** The faults of a run, and their rates: probabilities per step, or mean times in ms. */
export interface Mix {
  readonly crash: number
  readonly pause: number
  readonly pauseMs: readonly [from: number, to: number]
  readonly unknownSend: number
  readonly backupEveryMs: number
  readonly restoreEveryMs: number
  readonly tailLossEveryMs: number
  readonly changeTailLossEveryMs: number
  /** The share of such losses that take the whole topic, which then counts from 0 again. */
  readonly recreated: number
  readonly keyEveryMs: number
  /** Probability that a broker's answer to an edge is a lie. */
  readonly lie: number
  readonly edgeRestart: number
  readonly lossEveryMs: number
  /** The longest time of one batch behind a new root, as for a large ledger. */
  readonly rootStepMs: number
  /** A second tenant has tokens, too, and its source is cut off now and then. */
  readonly neighbour?: true
  /** The time after the faults by which every edge must be fresh. */
  readonly lateAfterMs: number
}

export const HONEST: Mix = {
  crash: 0.004,
  pause: 0.006,
  pauseMs: [1_000, 9_000],
  unknownSend: 0.05,
  backupEveryMs: 2_500,
  restoreEveryMs: 25_000,
  tailLossEveryMs: 30_000,
  changeTailLossEveryMs: 60_000,
  recreated: 0.3,
  keyEveryMs: 30_000,
  lie: 0,
  edgeRestart: 0.002,
  lossEveryMs: 350,
  rootStepMs: 300,
  lateAfterMs: 17_000,
}

const MALICIOUS: Mix = { ...HONEST, lie: 0.25 }

/** Restores meet paused publishers. */
const RESTORES: Mix = {
  ...HONEST,
  restoreEveryMs: 4_000,
  pause: 0.03,
  changeTailLossEveryMs: 0,
  lossEveryMs: 150,
}

/** A restore goes back by less than a publisher pauses, so the publisher's memory seems to be true again. */
const FLASHBACKS: Mix = {
  ...RESTORES,
  backupEveryMs: 300,
  restoreEveryMs: 900,
  pause: 0.08,
  pauseMs: [100, 1_200],
  lossEveryMs: 70,
}

/** The revocation topic loses its tail repeatedly. */
const TAILS: Mix = {
  ...HONEST,
  tailLossEveryMs: 2_500,
  restoreEveryMs: 0,
  rootStepMs: 1_500,
}

/** The change topic loses its tail repeatedly. */
const HISTORY: Mix = { ...HONEST, changeTailLossEveryMs: 6_000, restoreEveryMs: 0 }

/** Both at once. That is partly outside the promise, because acknowledged records and their rows are gone. */
const CALAMITY: Mix = { ...HISTORY, restoreEveryMs: 8_000 }

/** Whole change topics vanish, the database goes back, and sends land late. */
const REBIRTHS: Mix = {
  ...HONEST,
  unknownSend: 0.25,
  changeTailLossEveryMs: 5_000,
  recreated: 0.8,
  // Sources must find out and send everything again.
  lateAfterMs: 30_000,
  restoreEveryMs: 5_000,
}

/** Feeds of several tenants, which heartbeats state in groups. */
const TENANTS: Mix = { ...HONEST, neighbour: true, restoreEveryMs: 12_000 }

/** The mixes, by their names in tests and controls. */
export const MODEL_MIXES: Readonly<Record<string, Mix>> = {
  honest: HONEST,
  malicious: MALICIOUS,
  restores: RESTORES,
  flashbacks: FLASHBACKS,
  'lost tails': TAILS,
  'lost history': HISTORY,
  calamity: CALAMITY,
  rebirths: REBIRTHS,
  tenants: TENANTS,
}

export const PRODUCTION: Rules = {
  decisions: { PartitionFollower, planPublication, planAnew, afterAcknowledgement },
  follow: { ...FOLLOW_LIMITS, ringMax: 8, checkpointsMax: 400 },
  publish: { ...PUBLISH_LIMITS, batchMax: 4, feedsMax: 0, listsAgainMs: 5_000 },
  shell: SHELL_POLICY,
}

/** Times of the model, in ms of virtual time. */
export const LEASE_MS = 5_000
export const TOLERANCE_MS = 2_000
export const D_MS: number = LEASE_MS + TOLERANCE_MS
export const TOKEN_LIFE_MS = 10_000
export const BASE_AGE_MS = 24_000
export const RETENTION_MS = 38_000
export const OWNERSHIP_MS = 2_000
export const FAULTS_MS = 50_000
export const HEAL_MS = 34_000
/** All sources are silent after that time. Edges that start so much later must be ready all the same. */
export const SILENT_MS: number = FAULTS_MS + HEAL_MS
export const SILENT_START_MS: number = SILENT_MS + 8_000
export const READY_WITHIN_MS = 6_000
/** The time after the faults by which a new token must be good. */
export const REFUSED_AFTER_MS = 15_000
export const PARTITIONS: readonly number[] = [0, 1, 2]
