import type { ProbeAnswer } from '@freshet/insight'
import { askSidecar } from '../http/sidecar-client.ts'

const ANSWER_WITHIN_MS = 5_000

/** A place that a token is shown to. */
export interface ProbeTarget {
  readonly name: string
  ask(token: string): Promise<ProbeAnswer>
}

/** The object of a probe: a value of a claim, in tokens for an audience. */
export interface Probed {
  readonly audience: string
  readonly claim: string
  readonly value: string
}

/** An edge of the stack: the claim itself must be stale, since an edge that knows nothing refuses too. */
export function sidecarTarget(name: string, url: string, probed: Probed): ProbeTarget {
  const { audience, claim, value } = probed
  return {
    name,
    async ask(token) {
      const require = { [claim]: [value] }
      const { decision, claims, code } = await askSidecar(url, { token, audience, require })
      const verdict = claims[claim]?.verdict
      const summary = [decision, verdict ?? code].filter(Boolean).join(', ')
      if (decision === 'allow') return { answer: 'allowed', summary }
      return { answer: verdict === 'stale' ? 'refused' : 'unclear', summary }
    },
  }
}

/** A protected route, as its users see it: 2xx lets in, 401 and 403 refuse. */
export function urlTarget(url: string): ProbeTarget {
  return {
    name: new URL(url).host,
    async ask(token) {
      const { ok, status } = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const summary = String(status)
      if (ok) return { answer: 'allowed', summary }
      return { answer: status === 401 || status === 403 ? 'refused' : 'unclear', summary }
    },
  }
}
