import { FreshetError } from '@freshet/protocol'
import { fetchJson, sameOrigin, wellKnownUrl, type Fetch, type Timer } from '@freshet/wire'
import { KEYS_REFRESH_MS } from '../limits.ts'

const METADATA = 'authzen-configuration'

/**
 * The issuer's endpoint for decisions, by its metadata (AuthZEN 1.0 §9). It is read at the first use, once
 * for all callers that wait, and again when it ages or could not be read. It is on the issuer's own origin
 * only, so that metadata cannot send tokens and a secret elsewhere.
 */
export function evaluationEndpoint(
  issuer: string,
  fetch: Fetch,
  timer: Timer,
): () => Promise<string> {
  let found: { readonly url: Promise<string>; readonly atMs: number } | undefined
  return () => {
    const isOld = found !== undefined && timer.monotonicMs() - found.atMs > KEYS_REFRESH_MS
    if (found === undefined || isOld) {
      const reading = { url: discover(issuer, fetch, timer), atMs: timer.monotonicMs() }
      found = reading
      reading.url.catch(() => {
        if (found === reading) found = undefined
      })
    }
    return found.url
  }
}

async function discover(issuer: string, fetch: Fetch, timer: Timer): Promise<string> {
  const from = wellKnownUrl(issuer, METADATA)
  const metadata = (await fetchJson(from.href, fetch, timer)) as Record<string, unknown> | null
  const isOurs = metadata?.['policy_decision_point'] === issuer
  const url = isOurs ? sameOrigin(metadata['access_evaluation_endpoint'], from) : undefined
  if (url !== undefined) return url
  const message = 'The metadata of the issuer names no decision endpoint at the issuer itself.'
  throw new FreshetError('authority.unavailable', message)
}
