/** The requirements of a route for a token. */
export interface RoutePolicy {
  /** Values of which the token must carry all, by claim. Absent: every claim in it is judged. */
  readonly require?: Readonly<Record<string, readonly string[]>>
  /** `high`: a fresh view is not enough; the authority judges each request. Default `normal`. */
  readonly risk?: 'normal' | 'high'
  /**
   * Restricting claims of the audience (`polarity: restrict`) that do not bind this route. Absent: each of them is judged
   * at every request, required or not, in the token or not.
   */
  readonly ignores?: readonly string[]
  /**
   * `always` (default), or `observe until 2026-12-24`: through that day in UTC, by the later of the edge's
   * clock and the latest `through`, every valid token passes, and the decision contains the answer that it
   * would have got. Not for high risk.
   */
  readonly enforce?: string
  /** As grants name it: in the registry `POST /approve`. Without a name it is never opened. */
  readonly name?: string
  /** Default: the edge's own. */
  readonly audience?: string
  /**
   * The route as the registry writes it, `POST /approve`: what that requires and its policies are
   * asked of the authority, so to name it makes the risk `high`.
   */
  readonly route?: string
}

/** Returns whether the authority must judge each request, whatever the edge knows. */
export function isHighRisk({ risk, route }: Pick<RoutePolicy, 'risk' | 'route'>): boolean {
  return risk === 'high' || route !== undefined
}
