/** A parked record as the console lists it: names and places, no content. */
export interface Parked {
  readonly id: string
  readonly state: string
  readonly reason: string
  readonly rule: string
  readonly topic: string
  readonly partition: number
  readonly tenant: string | null
  readonly source: string | null
  readonly change: string | null
  readonly proven: boolean
  readonly first: { readonly offset: string; readonly at: string }
  readonly last: { readonly offset: string; readonly at: string }
  readonly arrivals: number
  readonly bytes: number
  readonly replays: number
  readonly outcome: string | null
  readonly decided: {
    readonly by: string
    readonly at: string
    readonly reason: string | null
  } | null
}

/** A page of them. */
export interface ParkedList {
  readonly items: readonly Parked[]
  readonly next: string | null
  readonly counts: readonly {
    readonly topic: string
    readonly reason: string
    readonly state: string
    readonly records: number
    readonly oldestAt: string
  }[]
}

/** One of them, with what is in doubt because of it. */
export interface ParkedDetail extends Parked {
  readonly inDoubt: {
    readonly claims: readonly {
      readonly subject: string | null
      readonly claim: string
      readonly settled: boolean
    }[]
    readonly halted: readonly string[]
    readonly resolvedBy: readonly string[]
  }
  readonly content: {
    readonly valueBytes: number | null
    readonly headers: readonly {
      readonly name: string
      readonly bytes: number
      readonly text: string | null
    }[]
  } | null
}

/** What became of an order, or would. */
export interface Ordered {
  readonly result: string
  readonly dryRun?: boolean
  readonly outcome?: string
  readonly why?: string
  readonly becomes?: string
  readonly code?: string
  readonly rule?: string
  readonly state?: string
}
