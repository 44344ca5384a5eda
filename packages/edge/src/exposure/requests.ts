import type { ClaimMap, Clock } from '@freshet/protocol'
import type { RouteQuestion } from '../route/decide.ts'
import type { Decision } from '../route/decision.ts'
import { isVerified, type VerifiedToken } from '../token/token-claims.ts'
import type { ClaimUses } from '../use/claim-uses.ts'
import type { AllowRing } from './allow-ring.ts'

/** The parts that count requests. */
interface RequestsParts {
  readonly ring: AllowRing
  readonly uses: ClaimUses
  readonly clock: Clock
  /** The edge's own. */
  readonly audience: string
  readonly map: () => ClaimMap | undefined
}

/** A token that was judged without a question about a route. */
interface Judged {
  readonly verified: VerifiedToken
  readonly claims: readonly string[]
  readonly audience?: string | undefined
  readonly isFresh: boolean
}

/** Takes note of what requests used, and of those that were let in. */
export class Requests {
  readonly #parts: RequestsParts

  constructor(parts: RequestsParts) {
    this.#parts = parts
  }

  /**
   * Counts a decision about a route. A request that only an observed route allowed does not count as allowed.
   */
  decided(decision: Decision, { name, route, audience, require }: RouteQuestion): void {
    const { claims: verified, verdicts, stripped } = decision
    const { ring, uses, clock, map, audience: own } = this.#parts
    if (ring.isOff || !isVerified(verified)) return
    const where = { audience: audience ?? own, name: name ?? route }
    const use = uses.of(where, [...verdicts.keys()], map())
    uses.count(use, verified.token, require)
    if ((decision.observed ?? decision).decision !== 'allow') return
    const kept =
      stripped.length === 0
        ? use
        : uses.of(
            where,
            use.claims.filter((claim) => !stripped.includes(claim)),
            map(),
          )
    ring.note(verified, kept, clock.monotonicMs())
  }

  /** A token was verified by a service that decides itself: what is fresh, it lets in. */
  verified({ verified, claims, audience, isFresh }: Judged): void {
    const { ring, uses, clock, map, audience: own } = this.#parts
    if (ring.isOff) return
    const use = uses.of({ audience: audience ?? own, name: undefined }, claims, map())
    uses.count(use, verified.token)
    if (isFresh) ring.note(verified, use, clock.monotonicMs())
  }
}
