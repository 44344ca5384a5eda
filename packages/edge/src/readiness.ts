import { FreshetError, type ClaimMap } from '@freshet/protocol'
import { checkPolicy } from './route/check-policy.ts'
import type { RoutePolicy } from './route/route-policy.ts'

/** Routes whose requirements are checked when the map comes; more are checked per request alone. */
const ROUTES_MAX = 1_000

/** The readiness of an edge: it has caught up once, and its routes can be enforced by the map in force. */
export class Readiness {
  readonly promise: Promise<void>
  #isReady = false
  #settle!: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
  readonly #policies: RoutePolicy[] = []
  readonly #check: (map: ClaimMap) => void

  /** `check` throws for a map by which the edge can accept no token. */
  constructor(check: (map: ClaimMap) => void = () => undefined) {
    this.#check = check
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // No caller has to wait; one that does gets the rejection all the same.
    this.promise.catch(() => undefined)
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** @throws `config.invalid` where the map is known and refuses the policy */
  addRoute(policy: RoutePolicy, map: ClaimMap | undefined): void {
    checkPolicy(policy, map)
    if (this.#policies.length < ROUTES_MAX) this.#policies.push(policy)
  }

  /** Called while the edge has caught up. */
  caughtUp(map: ClaimMap): void {
    if (this.#isReady) return
    try {
      this.#check(map)
      for (const policy of this.#policies) checkPolicy(policy, map)
      this.#isReady = true
      this.#settle.resolve()
    } catch (error) {
      this.#settle.reject(error)
    }
  }

  close(): void {
    this.#settle.reject(
      new FreshetError('edge.not-live', 'The edge was closed before it was ready.'),
    )
  }
}
