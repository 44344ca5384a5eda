import type { MappedRoutes, Verdict } from '@freshet/protocol'
import type { ReadyOptions } from './await-ready.ts'
import type { SenderProof } from './proof/sender-proof.ts'
import type { EdgeStats } from './report/edge-stats.ts'
import type { RouteQuestion } from './route/decide.ts'
import type { Decision } from './route/decision.ts'
import type { EdgeHooks } from './route/frameworks/edge-hooks.ts'
import type { SessionOptions } from './session/live-sessions.ts'
import type { TokenClaims, Verified } from './token/token-claims.ts'

/** The routes that the claim map in force declares. */
export interface RoutesInForce {
  /** The policy version. */
  readonly version: number
  /** The routes by audience and name; absent if the reconciler is older, or if there are too many. */
  readonly routes?: MappedRoutes
}

/** Options of verifying a token. */
export interface VerifyOptions {
  /** Default: the edge's own. */
  readonly audience?: string
  /** The claims that will be used, present in the token or not; default all authoritative ones. `[]`: the token itself. */
  readonly uses?: readonly string[]
  /** Restricting claims of the audience that do not bind the request. Default: each is judged, used or not. */
  readonly ignores?: readonly string[]
  /** The request's proof of its sender, for bound tokens: `senderProof(request)`. */
  readonly proof?: SenderProof
}

/**
 * An edge: follows the revocation topic in the background and judges tokens in memory.
 *
 * Invariants: a right of a fresh claim was not taken away longer ago than the lease of the claim's source and
 * the clock tolerance; a stale claim stays stale; a silent source makes nothing fresh. No answer waits for
 * the network, save for keys that are new and for a validator.
 */
export interface Edge extends EdgeHooks, AsyncDisposable {
  /**
   * Resolves when the edge has caught up once: it has keys and the claim map, has read every partition to its end
   * and has verified a heartbeat that came after. Until then a subject is unverified whose partition, or the control
   * partition, is not read that far. Silent sources do not keep an edge from being ready: the verdicts on their claims
   * stay unverified.
   *
   * While you await it the process does not end. With `timeoutMs` it rejects after that time and names what is
   * missing: the keys, the broker, partitions that cannot be read, a verified checkpoint in each partition, or the
   * claim map. The edge goes on.
   *
   * @throws `config.invalid` when the map shows that a route requires a descriptive claim, or for a timeout that
   *   is no positive number; `tenants.unnamed` when the map has several tenants for the audience, and the
   *   edge names none; `edge.not-live` after the timeout, or when the edge is closed first
   */
  ready(options?: ReadyOptions): Promise<void>
  /**
   * Verifies signature, form and registered claims (RFC 9068), once per token, and judges it, each
   * time. Verified tokens are remembered, refused ones never.
   *
   * @throws `token.invalid` naming the broken rule; `token.unproven`, `proof.*` or `limit.reached`
   *   for a bound token (RFC 7800) without the proof that it needs; `keys.unavailable` while there
   *   are no keys
   */
  verify(jwt: string, options?: VerifyOptions): Promise<Verified>
  /**
   * The worst verdict on the claims used (default: all authoritative ones of the token) and on each restricting claim of
   * the audience that is not ignored, now.
   * Synchronous, without I/O; allocates nothing where all are fresh. An expired token is
   * unverified.
   *
   * @throws `token.invalid` for claims that this package's `verify` did not make
   */
  judge(claims: TokenClaims, uses?: readonly string[], ignores?: readonly string[]): Verdict
  /**
   * A signal for a live session: it aborts when a claim it uses goes stale, when the token expires, when the
   * edge closes and, without `keep`, when a claim is unverified. It aborts within 100 ms of the apply; its
   * reason is a `FreshetError`.
   *
   * @throws `limit.reached`, `token.invalid`
   */
  signal(claims: TokenClaims, options?: SessionOptions): AbortSignal
  /**
   * The whole decision for a request to a route.
   *
   * @throws `config.invalid` where the route requires a descriptive claim
   */
  decide(question: RouteQuestion): Promise<Decision>
  stats(): EdgeStats
  /**
   * The routes that the registry declares, by the signed claim map in force: they change with an
   * activation. `undefined` while no map is in force.
   */
  routesInForce(): RoutesInForce | undefined
  /** Ends the following and the sessions, sends a last report, closes the feed. Idempotent. */
  close(): Promise<void>
}
