import { FreshetError } from '@freshet/protocol'
import { importJwks, type VerifyKey } from '@freshet/wire'

const FETCH_WITHIN_MS = 2_000
const KEPT_MS = 30_000

/** The authority's token keys, fetched when they are needed and kept for half a minute. */
export function tokenKeysOf(
  issuer: string,
  nowMs: () => number,
): () => Promise<readonly VerifyKey[]> {
  let kept: { readonly keys: readonly VerifyKey[]; readonly untilMs: number } | undefined
  return async () => {
    if (kept && nowMs() < kept.untilMs) return kept.keys
    kept = { keys: await fetchKeys(issuer), untilMs: nowMs() + KEPT_MS }
    return kept.keys
  }
}

async function fetchKeys(issuer: string): Promise<readonly VerifyKey[]> {
  const answer = await fetchKeySet(issuer)
  try {
    return importJwks(answer)
  } catch (cause) {
    if (!(cause instanceof FreshetError)) throw cause
    const message = `The authority’s keys cannot be used: ${cause.message}.`
    throw new FreshetError('keys.unavailable', message, { cause })
  }
}

async function fetchKeySet(issuer: string): Promise<unknown> {
  try {
    const url = new URL('/.well-known/jwks.json', issuer)
    const signal = AbortSignal.timeout(FETCH_WITHIN_MS)
    const response = await fetch(url, { redirect: 'error', signal })
    return await response.json()
  } catch (cause) {
    const message = 'The authority’s keys cannot be fetched.'
    throw new FreshetError('keys.unavailable', message, { cause })
  }
}
