import type { Verdict } from '@freshet/protocol'
import type { Decision, DecisionCode } from './decision.ts'

/** The address of the pages that explain a code. */
const TYPE_BASE = 'https://freshet.dev/problems/'

/** Bounds of `Retry-After`, in seconds: a source that was silent is mostly back within a lease. */
const RETRY_MIN_S = 1
const RETRY_MAX_S = 5

/** The HTTP answer to a request that is not allowed: status, headers, and problem+json (RFC 9457). */
export interface Refusal {
  readonly status: 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The inputs of a refusal from outside: a number in [0, 1), and the trace of the request. */
export interface RefusalContext {
  readonly random: () => number
  readonly traceId: string | undefined
}

/**
 * The answer to a request that was not allowed. To the client it names claims and the id of the
 * change, never the reason, a value or which rule a token breaks: those stay in the decision, with
 * the service.
 */
export function refusalOf(decision: Decision, { random, traceId }: RefusalContext): Refusal {
  const { code = 'token.invalid', wwwAuthenticate, dpopNonce } = decision
  const status = decision.status === 200 ? 401 : decision.status
  const retryAfterS = RETRY_MIN_S + Math.floor(random() * (RETRY_MAX_S - RETRY_MIN_S + 1))
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(wwwAuthenticate === undefined ? {} : { 'www-authenticate': wwwAuthenticate }),
    ...(dpopNonce === undefined ? {} : { 'dpop-nonce': dpopNonce }),
    // Apart by chance, so that clients refused together do not return together.
    ...(status === 503 ? { 'retry-after': String(retryAfterS) } : {}),
  }
  const trace = traceId === undefined ? {} : { traceId }
  const { title, detail } = sentences[code]
  const problem = { type: `${TYPE_BASE}${code}`, title, status, detail, code }
  return { status, headers, body: JSON.stringify({ ...problem, ...named(decision), ...trace }) }
}

/** The claims concerned and the change, if they disclose no more than the code does. */
function named({ code, verdicts }: Decision): { claims?: readonly string[]; change?: string } {
  const kind = code === 'token.unverified' ? 'unverified' : 'stale'
  const met = [...verdicts].filter(([, verdict]) => verdict.kind === kind)
  const isWhole = code === 'token.revoked'
  const claims = isWhole ? [] : met.map(([claim]) => claim).filter((claim) => claim !== '')
  const change = met.map(([, verdict]) => changeOf(verdict)).find((each) => each !== undefined)
  return {
    ...(claims.length === 0 ? {} : { claims }),
    ...(change === undefined ? {} : { change }),
  }
}

function changeOf(verdict: Verdict): string | undefined {
  return verdict.kind === 'stale' ? verdict.change : undefined
}

const sentences: Readonly<
  Record<DecisionCode, { readonly title: string; readonly detail: string }>
> = {
  'token.missing': {
    title: 'No access token',
    detail: 'The request has no access token in its Authorization header.',
  },
  'token.invalid': {
    title: 'Access token not valid',
    detail: 'The access token is not one that this service accepts.',
  },
  'token.unproven': {
    title: 'Access token not proven',
    detail: 'The access token is bound to a key. Send it with a proof that you hold the key.',
  },
  'proof.invalid': {
    title: 'DPoP proof not valid',
    detail: 'The DPoP proof of the request is not one that this service accepts. Make a new one.',
  },
  'proof.nonce': {
    title: 'DPoP nonce needed',
    detail: 'Make a new DPoP proof with the nonce of the header DPoP-Nonce.',
  },
  'limit.reached': {
    title: 'Too many proofs',
    detail: 'The key of the access token has too many DPoP proofs in use. Try again later.',
  },
  'token.revoked': { title: 'Access token revoked', detail: 'The access token was revoked.' },
  'token.stale': {
    title: 'Access token stale',
    detail: 'A claim of the access token has changed. Get a new access token.',
  },
  'token.insufficient': {
    title: 'Not enough rights',
    detail: 'The access token does not carry what this route requires.',
  },
  'policy.denied': {
    title: 'Not permitted',
    detail: 'The policies of this route do not permit the request.',
  },
  'policy.context': { title: 'Not permitted', detail: 'The request could not be decided.' },
  'policy.unnamed': { title: 'Not permitted', detail: 'The request could not be decided.' },
  'policy.failed': {
    title: 'Undecided',
    detail: 'The request could not be decided now. Try again later.',
  },
  'policy.late': {
    title: 'Undecided',
    detail: 'The request could not be decided now. Try again later.',
  },
  'token.unverified': {
    title: 'Unverified',
    detail: 'The claims of the access token cannot be verified now. Try again later.',
  },
  'tenants.unnamed': {
    title: 'Not accepted now',
    detail: 'The service does not know which access tokens to accept. Try again later.',
  },
  'keys.unavailable': {
    title: 'Unverified',
    detail: 'The access token cannot be verified now. Try again later.',
  },
}
