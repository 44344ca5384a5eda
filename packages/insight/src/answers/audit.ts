/** Something that happened, as it is sealed. */
export interface AuditEntryJson {
  readonly stream: string
  /** Its place in the chain. */
  readonly n: string
  readonly kind: string
  readonly tenant: string
  readonly ref: string
  readonly at: string
  /** `null`, with the facts: not readable by the build that answers. */
  readonly by: string | null
  readonly detail: Readonly<Record<string, string | number | boolean | null>> | null
  readonly hash: string
}

/** Sealed entries, the newest first, and how far each chain is. */
export interface AuditAnswer {
  readonly apiVersion: string
  readonly streams: readonly {
    readonly stream: string
    readonly sealed: string
    readonly pending: number
  }[]
  readonly items: readonly AuditEntryJson[]
}
