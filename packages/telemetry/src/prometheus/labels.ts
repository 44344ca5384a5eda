/** Every value that a label can take stands here, or is bounded by `bounded`. */

/** Steps of a change, from the source's commit to an edge's cache. */
export type Stage = 'source' | 'ingest' | 'reconcile' | 'publish' | 'edge_apply'

/** The outcome of a change event. */
export type EventOutcome =
  | 'applied'
  | 'noop'
  | 'duplicate'
  | 'late'
  | 'unmapped'
  | 'doubtful'
  | 'held'
  | 'quarantined'

/** The answer to a request. */
export type DecisionResult = 'allow' | 'deny' | 'challenge'

/** Why. */
export type DecisionReason =
  | 'fresh'
  | 'stale'
  | 'unverified'
  | 'denied'
  | 'validated'
  | 'stripped'
  | 'observed'
  | 'break-glass'
  | 'invalid'

/** The outcome of a request at a limited endpoint. */
export type LimiterOutcome = 'admitted' | 'refused'

/** A request to the authority that is limited. */
export type LimitedRequestName = 'mint' | 'revoke'

/** The holder of the limit that refused it. */
export type LimitHolderName = 'client' | 'tenant'

/** The bound that a refused connection met: half heads, connections of one address, all connections. */
export type ConnectionRefusal = 'half-head' | 'address' | 'all'

/** Why an admin token or a credential was refused: it was wrong, or too many wrong ones had come. */
export type AttemptRefusal = 'wrong' | 'limited'

/** The state of an edge: it caught up once or not, and gets heartbeats within the lease or not. */
export type EdgeState = 'starting' | 'live' | 'silent'

/**
 * The status of an edge at the console; `uncounted`: it reports, and there are more than the console counts.
 */
export type EdgeStatusLabel =
  | 'synced'
  | 'lagging'
  | 'stale'
  | 'starting'
  | 'disconnected'
  | 'closed'
  | 'never-connected'
  | 'uncounted'

/** The label of every value beyond a limit. */
export const OTHER = 'other'
/** Claim types and sources come from the registry file, which may be long. */
export const NAMES_MAX = 200
/** Classes of changes come from it too, and stand in histograms: each is many series. */
export const CLASSES_MAX = 12
/** Edges come and go. */
export const EDGES_MAX = 500

/** Passes the first `limit` distinct values; later ones become `other`. */
export function bounded(limit: number): (value: string) => string {
  const seen = new Set<string>()
  return (value) => {
    if (seen.has(value)) return value
    if (seen.size >= limit) return OTHER
    seen.add(value)
    return value
  }
}
