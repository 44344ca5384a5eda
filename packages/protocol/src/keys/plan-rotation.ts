import { inTurn, isPublished, signingKey, type TimedKey } from './timed-key.ts'

/** The interval at which an edge reads the key sets again, in milliseconds. */
export const KEYS_REFRESH_MS = 600_000

/** For this time a cache between authority and edge may keep a key set. */
export const KEYS_CACHED_MS = 300_000

/** The time that a key is published before it signs, in milliseconds: every edge has read the set since. */
export const KEY_LEAD_MS: number = KEYS_REFRESH_MS + KEYS_CACHED_MS

/** The terms of a rotation. */
export interface RotationTerms {
  readonly nowMs: number
  /** The time that a key must be published before it signs; `KEY_LEAD_MS` by default. */
  readonly leadMs: number
  /** The time that a superseded key stays published: longer than any of its signatures is verified. */
  readonly keepMs: number
  /** Keys that are revoked. A revoked signing key is superseded at once, published or not. */
  readonly revoke: ReadonlySet<string>
  /** Names for new keys. */
  readonly fresh: readonly [string, string]
}

/** The result of planning a rotation. */
export type RotationPlan =
  /** An earlier rotation waits for its time; another one would publish a key for too short. */
  | { readonly kind: 'under-way'; readonly kid: string; readonly signsFromMs: number }
  | {
      readonly kind: 'rotate'
      /** The whole set afterwards, in the order of turns; the last of them waits. */
      readonly keys: readonly TimedKey[]
      /** Names of the keys that have to be made. */
      readonly made: readonly string[]
      /** Names of the keys that are of no more use and leave the set. */
      readonly dropped: readonly string[]
    }

/**
 * Plans the next turn of a key set. The waiting key signs as soon as it was published for the lead,
 * the one before it retires and stays published, and a new key waits: so that there is always one
 * that can take over at once, known everywhere already, when the signing key is denied or revoked.
 * Revoking a key that neither signs nor is to sign at a named time changes no turn.
 */
export function planRotation(keys: readonly TimedKey[], terms: RotationTerms): RotationPlan {
  const { nowMs, revoke } = terms
  const signing = signingKey(keys, nowMs)
  const isForced = signing === undefined || revoke.has(signing.kid)
  const waiting = waitingBehind(keys, signing, terms)
  const [first] = waiting
  if (!isForced && revoke.size === 0 && (first?.signsFromMs ?? 0) > nowMs)
    return { kind: 'under-way', kid: first?.kid ?? '', signsFromMs: first?.signsFromMs ?? 0 }
  const switches = isForced || revoke.size === 0 || losesSuccessor(keys, terms)
  const made: TimedKey[] = []
  const make = (): TimedKey => {
    const key = { kid: terms.fresh[made.length === 0 ? 0 : 1], addedMs: nowMs }
    made.push(key)
    return key
  }
  const successor = switches ? turnFor(waiting[0] ?? make(), isForced, terms) : undefined
  if (waiting.length <= (switches ? 1 : 0)) make()
  const old = keys.map((key) => after(key, signing, successor, terms))
  return finish([...old, ...made], successor, { made, nowMs, keepMs: terms.keepMs })
}

/** Returns whether a revoked key was to sign next: the key after it takes its place. */
function losesSuccessor(keys: readonly TimedKey[], { nowMs, revoke }: RotationTerms): boolean {
  return keys.some(({ kid, signsFromMs = 0 }) => revoke.has(kid) && signsFromMs > nowMs)
}

function waitingBehind(
  keys: readonly TimedKey[],
  signing: TimedKey | undefined,
  { nowMs, revoke }: RotationTerms,
): readonly TimedKey[] {
  if (signing === undefined) return []
  const ordered = inTurn(keys)
  return ordered
    .slice(ordered.indexOf(signing) + 1)
    .filter((key) => isPublished(key, nowMs) && !revoke.has(key.kid))
}

function turnFor(key: TimedKey, isForced: boolean, { nowMs, leadMs }: RotationTerms): TimedKey {
  const isReadyMs = key.addedMs === undefined ? nowMs : key.addedMs + leadMs
  return { ...key, signsFromMs: isForced ? nowMs : Math.max(nowMs, isReadyMs) }
}

function after(
  key: TimedKey,
  signing: TimedKey | undefined,
  successor: TimedKey | undefined,
  { nowMs, keepMs, revoke }: RotationTerms,
): TimedKey {
  const isRevoked = revoke.has(key.kid) && key.revokedMs === undefined
  // A key that signs without a named time has its turn now, before its successor's.
  const turn = key === signing ? { signsFromMs: key.signsFromMs ?? nowMs } : {}
  const { signsFromMs, ...waits } = key
  // A turn that never comes must not end the turn of the key before it.
  const known = isRevoked && (signsFromMs ?? 0) > nowMs ? waits : key
  const retires = key === signing && successor?.signsFromMs !== undefined && !isRevoked
  return {
    ...known,
    ...turn,
    ...(retires && { publishedUntilMs: (successor.signsFromMs ?? nowMs) + keepMs }),
    ...(isRevoked && { revokedMs: nowMs }),
  }
}

function finish(
  all: readonly TimedKey[],
  successor: TimedKey | undefined,
  { made, nowMs, keepMs }: { readonly made: readonly TimedKey[]; nowMs: number; keepMs: number },
): RotationPlan {
  const turned = all.map((key) => (key.kid === successor?.kid ? successor : key))
  const isOver = ({ publishedUntilMs, revokedMs }: TimedKey): boolean =>
    (publishedUntilMs ?? Number.MAX_SAFE_INTEGER) <= nowMs ||
    (revokedMs ?? Number.MAX_SAFE_INTEGER) + keepMs <= nowMs
  return {
    kind: 'rotate',
    keys: inTurn(turned.filter((key) => !isOver(key))),
    made: made.map(({ kid }) => kid),
    dropped: turned.filter(isOver).map(({ kid }) => kid),
  }
}
