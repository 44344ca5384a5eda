import type { Mix } from './calm.ts'

/** The names under which the faults of a mix are counted, by its member. */
const STRUCK: Readonly<Partial<Record<keyof Mix, string | readonly string[]>>> = {
  stall: 'stall',
  crashBefore: 'crash before',
  crashAfter: 'crash after',
  refused: 'refused',
  unknown: 'unknown',
  late: 'late',
  twice: 'twice',
  crashEveryMs: 'kill',
  pauseEveryMs: 'pause',
  cutEveryMs: ['cut', 'cut one way', 'swizzle'],
  rolloutEveryMs: 'rollout',
  silenceEveryMs: 'silence',
  retentionEveryMs: 'retention',
  backupEveryMs: 'backup',
  restoreEveryMs: 'restore',
  rewindEveryMs: ['rewind', 'positions lost'],
  tailLossEveryMs: 'tail lost',
  changeLossEveryMs: 'changes lost',
  unrecordedLossEveryMs: 'unrecorded changes lost',
  lagEveryMs: 'end lags',
  strangerEveryMs: ['stranger', 'forged stamp', 'forged signature', 'forged signer'],
  garbled: ['garbled', 'doubt settled'],
  forgets: 'forgotten',
  resyncEveryMs: ['resync: whole', 'resync: given up'],
  crowd: ['resync: broke off', 'resync: laid off'],
  orderEveryMs: ['ordered', 'ordered by mistake', 'order to be confirmed'],
  openEveryMs: ['opened', 'opened for too long', 'closed', 'let in by an opening'],
  unproven: 'unproven',
  replayEveryMs: ['replayed', 'dropped', 'replay taken', 'replay would'],
  moves: 'claim moved',
  neighbour: 'minted next door',
  quiet: ['tenant left out', 'quiet tenant fresh', 'quiet tenant unverified'],
  foreign: ['foreign: minted', 'foreign: fresh', 'foreign: stale', 'foreign: unverified'],
  lies: 'lie',
  relapseEveryMs: 'versions went back',
  fullEveryMs: ['database full', 'broker full'],
  keyEveryMs: [
    'checkpoint key turned',
    'source key turned',
    'stamp key turned',
    'token key turned',
    'token key denied',
    'minted by a later key',
    'key revoked',
  ],
  wrongMs: 'wrong clock',
  equals: 'equal versions',
  failoverEveryMs: 'failover',
  aheadEveryMs: 'clock ahead',
  overreach: 'overreach',
  clockStepEveryMs: 'clock step',
}

/** The events that every run must see, whatever its mix, or it proves little. */
const ALWAYS = ['minted', 'verdict fresh', 'verdict stale']

/** The events of sources whose registry does not change. */
const WITH_FIXED_OWNERS: readonly string[] = ['resync: given up', 'resync: laid off']

/**
 * Returns the events that a mix names and its runs have not seen. A fault that never strikes tests nothing.
 */
export function unseen(mix: Mix, seen: ReadonlySet<string>): readonly string[] {
  const named = Object.entries(STRUCK).flatMap(([kind, mark]) =>
    Number(mix[kind as keyof Mix]) > 0 ? mark : [],
  )
  const left = mix.registryEveryMs > 0 ? WITH_FIXED_OWNERS : []
  return [...named, ...ALWAYS].filter((mark) => !seen.has(mark) && !left.includes(mark))
}

/** The number of runs over all mixes from which every rare path must have been reached. */
export const MARKED_FROM = 500

/** The rare paths of the product that runs must reach; `marks.ts` has the place of each note. */
export const MARKS: readonly string[] = [
  // Commits of unknown outcome that happened, and that did not happen; deaths on either side of one.
  'unknown: inPartition',
  'refused: inPartition',
  'crash before: inPartition',
  'crash after: inPartition',
  'unknown: inFeed',
  'unknown: recordAndRecheck',
  'unknown: store',
  'crash after: store',
  'late: append',
  'twice: append',
  // Gateways and sources.
  'heartbeat for many tenants',
  'retry found its stamp',
  'stamped and left over',
  'source hears event.sequence',
  'full statement',
  'replay applied',
  'replayed after a deletion',
  'replay not sent: still-refused',
  'replay not sent: in-doubt',
  'replay not sent: busy',
  'let in by an opening',
  'refused after an opening',
  'observed instead of refused',
  'missed removal',
  'missed grant',
  'parked: event.unconfirmed',
  'end counted in steps',
  'walk begins',
  'walk goes on',
  'record between steps of a walk',
  'record waits for a walk',
  'account deleted',
  // Recording and marking.
  'position moved under a recorder',
  'heartbeats recorded together',
  'change late',
  'change noop',
  'change doubtful',
  'change quarantined',
  'parked: event.unauthentic',
  'parked: event.forbidden',
  'parked: event.malformed',
  'feed hole',
  'feed halted',
  'doubt stands',
  'doubt lifted',
  'parked: event.forbidden',
  'parked: event.unmapped',
  'parked: event.malformed',
  'mint refused: mint.doubtful',
  'incarnation raised',
  'subject to be marked',
  'wide change to be marked',
  'token marked stale',
  'policy version fetched',
  // Publishing.
  'partition taken over',
  'ownership lost',
  'head of a zombie refused',
  'head read back missing',
  'republished from a root',
  'base moved',
  'denial published again',
  'denial pruned',
  // Minting.
  'lease out at mint',
  'mint refused: mint.not-active',
  'mint withheld by the look',
  'handed on',
  'ended while handed on',
  // Authorities that judge a token by introspection, and edges.
  'introspected stale',
  'introspected unverified',
  'edge walks again',
  'edge starting',
  'edge lagging',
  'edge unverified',
  'unverified by hr',
  'unverified by security',
  'unverified by freshet',
  'actor lost',
  'actor cut off',
  'actor of an actor lost',
  'overlong token refused',
  'stale: claim-changed',
  'stale: account',
  'stale: value-withdrawn',
  'stale: client-cut-off',
  'stale: tenant-cut-off',
  'stale: token-denied',
  'stale: key-denied',
  'stale: policy-version',
  'stale: incarnation',
  // Tokens of foreign issuers.
  'foreign: claim-changed',
  'foreign: account',
  'foreign: value-withdrawn',
  'foreign: client-cut-off',
  'foreign: token-denied',
  'foreign: policy-version',
]

/** Returns the marks that no run has reached. */
export function unreached(seen: ReadonlySet<string>): readonly string[] {
  return MARKS.filter((mark) => !seen.has(mark))
}
