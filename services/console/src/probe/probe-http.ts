import type { ProbeAnswer } from '@freshet/insight'
import * as z from 'zod'

/** Less than a probe may take. */
const ANSWER_WITHIN_MS = 5_000

const minted = z.object({ access_token: z.string() })
const checked = z.object({
  decision: z.enum(['allow', 'deny', 'challenge']),
  claims: z.record(z.string(), z.object({ verdict: z.string() })),
  code: z.string().optional(),
})

/** A body to send, and the credentials of its sender. */
export interface Posting {
  readonly authorization?: string
  readonly contentType: string
  readonly body: string
}

/** Posts and reads the answer. @throws `Error` naming the status, never what was sent */
export async function post(url: URL, posting: Posting): Promise<unknown> {
  const { authorization, contentType, body } = posting
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': contentType,
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (response.ok) return response.json()
  const code: unknown = Object(await response.json().catch(() => undefined))['code']
  const problem = typeof code === 'string' ? `${response.status} ${code}` : String(response.status)
  throw new NotAnswered(`${url.pathname} answered ${problem}`)
}

/** Exchanges the subject token. */
export async function exchange(
  issuer: string,
  client: { readonly id: string; readonly secret: string },
  of: { readonly subjectToken: string; readonly audience: string },
): Promise<string> {
  const prefix = 'urn:ietf:params:oauth'
  const body = new URLSearchParams({
    grant_type: `${prefix}:grant-type:token-exchange`,
    subject_token: of.subjectToken,
    subject_token_type: `${prefix}:token-type:jwt`,
    audience: of.audience,
  })
  const answer = await post(new URL('/oauth/token', issuer), {
    authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    contentType: 'application/x-www-form-urlencoded',
    body: body.toString(),
  })
  return minted.parse(answer).access_token
}

/** Shows a token to a sidecar: the claim itself must be stale, since an edge that knows nothing refuses too. */
export async function check(
  sidecar: string,
  token: string,
  of: { readonly audience: string; readonly claim: string; readonly value: string },
): Promise<ProbeAnswer> {
  const question = { token, audience: of.audience, require: { [of.claim]: [of.value] } }
  const posting = { contentType: 'application/json', body: JSON.stringify(question) }
  const answer = checked.parse(await post(new URL('/v1/check', sidecar), posting))
  const verdict = answer.claims[of.claim]?.verdict
  const summary = [answer.decision, verdict ?? answer.code].filter(Boolean).join(', ')
  if (answer.decision === 'allow') return { answer: 'allowed', summary }
  return { answer: verdict === 'stale' ? 'refused' : 'unclear', summary }
}

/** A target of the product that refused a probe. */
class NotAnswered extends Error {}
