import type { Verdict } from '@freshet/domain'
import type { Decision } from '@freshet/edge'

/** The verdict on one claim, as `POST /v1/check` gives it. */
export interface VerdictJson {
  readonly verdict: Verdict['kind']
  readonly reason?: string
  readonly change?: string
  readonly source?: string
  /** RFC 3339: up to when the source was heard. */
  readonly since?: string
}

/** The answer of `POST /v1/check`. */
export interface CheckAnswer {
  readonly decision: Decision['decision']
  readonly claims: Readonly<Record<string, VerdictJson>>
  /** The verdict on the token itself, where no claim was to be judged. */
  readonly token?: VerdictJson
  readonly stripped?: readonly string[]
  readonly viewAgeMs: number | null
  /** Stable name of why not. */
  readonly code?: string
  readonly detail?: string
  /** What a middleware sends: 401, 403 or 503. */
  readonly status: number
  readonly wwwAuthenticate?: string
}

/** A decision as JSON; times as RFC 3339. */
export function answerOf(decision: Decision): CheckAnswer {
  const { verdicts, stripped, viewAgeMs, code, detail, status, wwwAuthenticate } = decision
  const itself = verdicts.get('')
  const claims = [...verdicts].filter(([claim]) => claim !== '')
  return {
    decision: decision.decision,
    claims: Object.fromEntries(claims.map(([claim, verdict]) => [claim, verdictJson(verdict)])),
    ...(itself === undefined ? {} : { token: verdictJson(itself) }),
    ...(stripped.length === 0 ? {} : { stripped }),
    viewAgeMs: viewAgeMs === null ? null : Math.round(viewAgeMs),
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
    status,
    ...(wwwAuthenticate === undefined ? {} : { wwwAuthenticate }),
  }
}

function verdictJson(verdict: Verdict): VerdictJson {
  switch (verdict.kind) {
    case 'fresh':
      return { verdict: 'fresh' }
    case 'stale': {
      const { reason, change } = verdict
      return { verdict: 'stale', reason, ...(change === undefined ? {} : { change }) }
    }
    case 'unverified': {
      const { source, sinceMs } = verdict
      const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() }
      return { verdict: 'unverified', source, ...since }
    }
  }
}
