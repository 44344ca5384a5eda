import { ProblemError } from '@freshet/source/problem'
import { DEV_IDP } from '../../packages/cli/src/stack/workspace.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { check } from './edge.ts'
import { SIDECARS } from './test-stack.ts'
import { payloadOf, requestFor, type Payload } from './token.ts'

const WITHIN_MS = 20_000
const CLAIMS = ['groups', 'entitlements', 'holds', 'grades'] as const

/** A subject, the audience of its token, and its identity provider. */
export interface WantedToken {
  readonly subject: string
  /** Default: `payments`. */
  readonly audience?: string
  /** Default: the one of the stack. */
  readonly iss?: string
}

/** A token, and its claims. */
export interface Minted {
  readonly token: string
  readonly claims: Pick<Payload, (typeof CLAIMS)[number]>
}

/** The answer to one token request: the token, or the code of the refusal. */
export type MintOutcome = Minted | { readonly status: number; readonly code: string }

/**
 * Requests one token. It repeats the request only while the authority has not loaded the active policy version.
 */
export async function outcomeOf(stack: Stack, request: WantedToken): Promise<MintOutcome> {
  const { value } = await until('the authority has the active version', WITHIN_MS, async () => {
    const outcome = await mintOnce(stack, request)
    return 'code' in outcome && outcome.code === 'mint.not-active' ? undefined : outcome
  })
  return value
}

async function mintOnce(
  stack: Stack,
  { subject, audience = 'payments', iss = DEV_IDP }: WantedToken,
): Promise<MintOutcome> {
  const request = requestFor(stack, subject, audience)
  try {
    const { access_token: token } = await mintToken({
      ...request,
      idp: { ...request.idp, issuer: iss },
    })
    const payload = payloadOf(token)
    const claims = CLAIMS.filter((name) => payload[name] !== undefined)
    return { token, claims: Object.fromEntries(claims.map((name) => [name, payload[name]])) }
  } catch (error) {
    if (error instanceof ProblemError) return { status: error.status, code: error.code }
    throw error
  }
}

/** Requests tokens until there is one. */
export async function minted(stack: Stack, request: WantedToken): Promise<Minted> {
  const { value } = await until(`a token for ${request.subject}`, WITHIN_MS, async () => {
    const outcome = await mintOnce(stack, request)
    return 'token' in outcome ? outcome : undefined
  })
  return value
}

/** Returns the decision of each edge about a token, with the verdict of each claim. */
export async function verdictsOf(
  stack: Stack,
  token: string,
  audience = 'payments',
): Promise<readonly object[]> {
  const answers = await Promise.all(SIDECARS.map((edge) => check(stack, { token, audience }, edge)))
  return answers.map(({ decision, claims }) => ({
    decision,
    ...Object.fromEntries(Object.entries(claims).map(([name, { verdict }]) => [name, verdict])),
  }))
}

/** Returns the answer of {@link verdictsOf} in which every edge decides the same. */
export function atEveryEdge(verdict: object): readonly object[] {
  return SIDECARS.map(() => verdict)
}
