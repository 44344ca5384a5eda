import { TOKEN_ITSELF, type Opening } from '@freshet/protocol'
import type { Decision, WouldBe } from '@freshet/edge'
import { formatRfc3339, verdictJson, type VerdictJson } from '@freshet/wire'

/** The answer of `POST /v1/check`. */
export interface CheckAnswer {
  readonly decision: Decision['decision']
  readonly claims: Readonly<Record<string, VerdictJson>>
  /** The verdict on the token itself, where no claim was to be judged. */
  readonly token?: VerdictJson
  readonly stripped?: readonly string[]
  readonly viewAgeMs: number | null
  /** The authority judged this request, and let it through. */
  readonly validated?: true
  /** Claims that are let in although unverified, by which opening, until when (break-glass). */
  readonly breakGlass?: readonly OpenedClaim[]
  /** The route is observed: nothing that is valid is refused. */
  readonly observed?: true
  /** The answer that it would have given otherwise. */
  readonly would?: WouldAnswer
  /** Stable name of why not. */
  readonly code?: string
  readonly detail?: string
  /** The status that a middleware sends: 401, 403 or 503. */
  readonly status: number
  readonly wwwAuthenticate?: string
}

/** The answer that an observed route withheld. */
export interface WouldAnswer {
  readonly decision: Decision['decision']
  readonly status: number
  readonly stripped?: readonly string[]
  readonly code?: string
  readonly detail?: string
}

/** A claim that an operator lets in. */
export interface OpenedClaim {
  readonly claim: string
  /** Id of the opening. */
  readonly opening: string
  readonly until: string
}

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

function openedClaim({ claim, id, untilMs }: Opening): OpenedClaim {
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
