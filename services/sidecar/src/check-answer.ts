import { TOKEN_ITSELF, type BreakGlassGrant } from '@freshet/protocol'
import type { Decision, WouldBe } from '@freshet/edge'
import { formatRfc3339, verdictJson, verdictSchema } from '@freshet/wire'
import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'

const decisionName = z.enum(['allow', 'deny', 'challenge'])

const refusal = {
  stripped: z
    .array(z.string())
    .exactOptional()
    .describe('Claims that the service must not use, because they are unverified'),
  code: z.string().exactOptional().describe('The error code of the refusal'),
  detail: z.string().exactOptional(),
}

const openedForm = z.object({
  claim: z.string(),
  opening: z.string().describe('The id of the grant'),
  until: z.string().meta({ format: 'date-time' }),
})

/** The answer of `POST /v1/check`. */
export const checkForm = z.object({
  decision: decisionName,
  claims: z.record(z.string(), verdictSchema),
  token: verdictSchema.exactOptional().describe('Present if no claim was judged: the token itself'),
  viewAgeMs: z.number().nullable(),
  validated: z
    .literal(true)
    .exactOptional()
    .describe('The authority judged this request and allowed it'),
  breakGlass: z
    .array(openedForm)
    .exactOptional()
    .describe('Claims that a break-glass grant allows although they are unverified'),
  observed: z
    .literal(true)
    .exactOptional()
    .describe('The route is observed: no valid token is refused'),
  would: z
    .object({ decision: decisionName, status: z.int(), ...refusal })
    .exactOptional()
    .describe('The answer that an observed route would have given'),
  ...refusal,
  status: z.int().describe('The status of the answer that a middleware would give'),
  wwwAuthenticate: z.string().exactOptional(),
})

/** The answer of `POST /v1/check`, as it is written. */
export type CheckAnswer = Wire<typeof checkForm>

/** The answer that an observed route withheld. */
export type WouldAnswer = NonNullable<CheckAnswer['would']>

/** A claim that an operator lets in. */
export type OpenedClaim = Wire<typeof openedForm>

/** A decision as JSON; times as RFC 3339. */
export function answerOf(decision: Decision): CheckAnswer {
  const { verdicts, stripped, viewAgeMs, validated, openings, observed } = decision
  const { code, detail, status, wwwAuthenticate } = decision
  const itself = verdicts.get(TOKEN_ITSELF)
  const claims = [...verdicts].filter(([claim]) => claim !== TOKEN_ITSELF)
  return {
    decision: decision.decision,
    claims: Object.fromEntries(claims.map(([claim, verdict]) => [claim, verdictJson(verdict)])),
    ...(itself === undefined ? {} : { token: verdictJson(itself) }),
    ...(stripped.length === 0 ? {} : { stripped }),
    viewAgeMs: viewAgeMs === null ? null : Math.round(viewAgeMs),
    ...(validated === undefined ? {} : { validated }),
    ...(openings === undefined ? {} : { breakGlass: openings.map(openedClaim) }),
    ...(observed === undefined ? {} : { observed: true, would: wouldOf(observed) }),
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
    status,
    ...(wwwAuthenticate === undefined ? {} : { wwwAuthenticate }),
  }
}

function openedClaim({ claim, id, untilMs }: BreakGlassGrant): OpenedClaim {
  return { claim, opening: id, until: formatRfc3339(untilMs) }
}

function wouldOf({ decision, status, stripped, code, detail }: WouldBe): WouldAnswer {
  return {
    decision,
    status,
    ...(stripped.length === 0 ? {} : { stripped }),
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
  }
}
