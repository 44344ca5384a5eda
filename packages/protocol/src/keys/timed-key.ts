/**
 * The times of a key in a set. A key without `signsFromMs` waits: it is published, and signs once a rotation
 * names a time, or at once if no key before it can be used any more.
 */
export interface TimedKey {
  readonly kid: string
  /** Since when it is in the set, and so published. Absent: since ever. */
  readonly addedMs?: number
  /** From when on it signs, unless a later key does. */
  readonly signsFromMs?: number
  /** Until when it is published. Absent: until a rotation names a time. */
  readonly publishedUntilMs?: number
  /** The time of its revocation: from then on, nothing that it signed is trusted. */
  readonly revokedMs?: number
}

/** The state of a key of a set at a time. */
export type KeyState = 'next' | 'signing' | 'retiring' | 'retired' | 'revoked'

/** Returns whether a signature of a key can be verified: the key is not revoked, and its time is not over. */
export function isPublished(key: TimedKey, nowMs: number): boolean {
  const { revokedMs, publishedUntilMs } = key
  return revokedMs === undefined && (publishedUntilMs === undefined || nowMs < publishedUntilMs)
}

/** The keys in the order in which they sign: by their time, those that wait last, as they stand. */
export function inTurn<K extends TimedKey>(keys: readonly K[]): readonly K[] {
  return keys.toSorted((a, b) => turnOf(a) - turnOf(b))
}

/**
 * The key that signs now: the last whose time has come, or, where that one is revoked, no longer
 * published or not to be used, the first usable one behind it, published long enough or not:
 * readers fetch once for a key that they do not know. A key that was superseded never signs again.
 * `undefined`: none may sign.
 */
export function signingKey<K extends TimedKey>(
  keys: readonly K[],
  nowMs: number,
  mayUse: (kid: string) => boolean = () => true,
): K | undefined {
  const ordered = inTurn(keys)
  const due = Math.max(
    0,
    ordered.findLastIndex((key) => turnOf(key) <= nowMs),
  )
  return ordered.slice(due).find((key) => isPublished(key, nowMs) && mayUse(key.kid))
}

/**
 * Returns the time since the key that signs now began to sign, or since it came into the set, if it signs in the place
 * of another one. `undefined`: no key signs, or the set has no times.
 */
export function signingKeyAgeMs(keys: readonly TimedKey[], nowMs: number): number | undefined {
  const { signsFromMs, addedMs } = signingKey(keys, nowMs) ?? {}
  const sinceMs = signsFromMs !== undefined && signsFromMs <= nowMs ? signsFromMs : addedMs
  return sinceMs === undefined ? undefined : Math.max(0, nowMs - sinceMs)
}

/** The state of each key at that time, in the order of their turns. */
export function keyStates<K extends TimedKey>(
  keys: readonly K[],
  nowMs: number,
): readonly { readonly key: K; readonly state: KeyState }[] {
  const ordered = inTurn(keys)
  const signing = signingKey(keys, nowMs)
  const at = signing === undefined ? ordered.length : ordered.indexOf(signing)
  return ordered.map((key, index) => ({ key, state: stateOf(key, index - at, nowMs) }))
}

function stateOf(key: TimedKey, behindSigning: number, nowMs: number): KeyState {
  if (key.revokedMs !== undefined) return 'revoked'
  if (!isPublished(key, nowMs)) return 'retired'
  if (behindSigning === 0) return 'signing'
  return behindSigning > 0 ? 'next' : 'retiring'
}

function turnOf({ signsFromMs }: TimedKey): number {
  return signsFromMs ?? Number.MAX_SAFE_INTEGER
}
