/** A change by its id. */
export interface NamedChange {
  readonly id: string
  readonly tenant: string
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  readonly outcome: string
}

/** An issued token by its id. */
export interface NamedToken {
  readonly jti: string
  readonly tenant: string
  readonly audience: string
}

/** A quarantined record by its id. */
export interface NamedQuarantined {
  readonly id: string
  readonly state: string
}

/**
 * The records whose ids begin with a text, in the order of their ids. Each answer has at most `limit` of them. A store
 * reads a few rows behind the text, so that an answer takes as long with many records as with few.
 *
 * @throws `database.*`
 */
export interface PrefixStore {
  changes(prefix: string, limit: number): Promise<readonly NamedChange[]>
  tokens(prefix: string, limit: number): Promise<readonly NamedToken[]>
  /** Keys of subjects with a stored claim. A key begins with one of the prefixes. */
  subjects(prefixes: readonly string[], limit: number): Promise<readonly string[]>
  quarantined(prefix: string, limit: number): Promise<readonly NamedQuarantined[]>
  /** Objects of sealed entries of the audit. */
  audited(prefix: string, limit: number): Promise<readonly string[]>
}
