import type { ClaimValue } from '../scope/scope.ts'

/** The kinds of upstream systems that Freshet reads itself. */
export const CONNECTION_KINDS = ['keycloak', 'outbox', 'file', 'ldap', 'scim'] as const

/** A kind of upstream system. */
export type ConnectionKind = (typeof CONNECTION_KINDS)[number]

/** The rule that reads the values of a claim from the state of a subject in the upstream system. */
export interface ClaimMapping {
  /** JSON Pointer (RFC 6901) to the values; `*` as a segment stands for each element of an array. */
  readonly each: string
  /** Values without this prefix are left out, and the others lose it. Absent: all values are read as they are. */
  readonly strip?: string
  /** The values of the claim by those of the upstream system. Absent: the values are equal. */
  readonly values?: ReadonlyMap<string, ClaimValue>
  /** The reaction to a value that the table does not have. `refuse`: the subject gets no change of the claim. */
  readonly others: 'keep' | 'drop' | 'refuse'
}

/** An upstream system of a source, for one tenant. */
export interface SourceConnection {
  readonly kind: ConnectionKind
  /** The address of the upstream system: a URL, or the path of a file. */
  readonly at: string
  readonly tenant: string
  /** The longest time from a commit in the upstream system to its visibility there, in milliseconds. */
  readonly settleMs: number
  /** The time between two reads of its events, in milliseconds. */
  readonly intervalMs: number
  /** The time between two comparisons of all subjects, in milliseconds. */
  readonly compareMs: number
  readonly subject: {
    readonly iss: string
    /** JSON Pointer to the `sub`. */
    readonly sub: string
  }
  /** True if the state of the account is sent, too. The source is then the account source. */
  readonly account: boolean
  readonly claims: ReadonlyMap<string, ClaimMapping>
  /** Settings of the kind, by name. */
  readonly options: ReadonlyMap<string, string>
}

/** A connection as plain JSON, to be shown and compared: maps are objects, and durations are in milliseconds. */
export function connectionJson({
  claims,
  options,
  ...same
}: SourceConnection): Readonly<Record<string, unknown>> {
  const mapped = [...claims].map(([claim, { values, ...how }]) => [
    claim,
    { ...how, ...(values !== undefined && { values: Object.fromEntries(values) }) },
  ])
  return { ...same, claims: Object.fromEntries(mapped), options: Object.fromEntries(options) }
}
