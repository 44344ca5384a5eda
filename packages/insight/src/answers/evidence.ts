/** A row of the evidence report. */
export interface EvidenceRowAnswer {
  readonly row: string
  readonly framework: string
  readonly id: string
  readonly title: string
  readonly claim: string
  readonly command: string
  readonly value: number | null
  readonly unit: string
  readonly limit: string
  readonly verdict: 'green' | 'red' | 'unknown'
  readonly detail: string
  /** RFC 3339. */
  readonly at: string
}

/** The current measurements of each control. */
export interface EvidenceAnswer {
  readonly apiVersion: string
  readonly at: string
  readonly policy: { readonly version: number; readonly hash: string }
  readonly items: readonly EvidenceRowAnswer[]
}
