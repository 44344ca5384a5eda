/** A place of the change topic. */
export interface Place {
  readonly e: string
  readonly offset: string
  readonly at: string
}

/** A parked record, without its content. */
export interface ParkedJson {
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
  readonly first: Place
  readonly last: Place
  readonly arrivals: number
  readonly bytes: number
  readonly replays: number
  readonly outcome: string | null
  readonly decided: Decided | null
}

/** The last action on it: operator, time and reason. */
export interface Decided {
  readonly by: string
  readonly at: string
  readonly reason: string | null
}

/** A page of parked records, and how many there are for each reason. */
export interface ParkedList {
  readonly apiVersion: string
  readonly items: readonly ParkedJson[]
  /** The cursor of the next page; null at the last one. */
  readonly next: string | null
  readonly counts: readonly {
    readonly topic: string
    readonly reason: string
    readonly state: string
    readonly records: number
    readonly oldestAt: string
  }[]
}

/** The claims that a quarantined record put in doubt. */
export interface InDoubtJson {
  readonly claims: readonly {
    readonly subject: string | null
    readonly claim: string
    readonly settled: boolean
    readonly settles: { readonly e: string; readonly partition: number; readonly offset: string }
  }[]
  readonly halted: readonly string[]
  readonly resolvedBy: readonly string[]
}

/** One parked record. */
export interface ParkedDetail extends ParkedJson {
  readonly apiVersion: string
  readonly inDoubt: InDoubtJson
  /** Null where the quarantine topic does not have its bytes, or not yet. */
  readonly content: {
    readonly keyBytes: number | null
    readonly valueBytes: number | null
    readonly headers: readonly {
      readonly name: string
      readonly bytes: number
      readonly text: string | null
    }[]
    readonly moreHeaders: number
  } | null
}

/** The raw bytes of a parked record, base64. */
export interface RawRecord {
  readonly apiVersion: string
  readonly id: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** The outcome of a replayed record, or the one that it would have. */
export interface ReplayAnswer {
  readonly id: string
  readonly dryRun?: boolean
  readonly result: 'taken' | 'refused' | 'would' | 'parked-again' | 'sent'
  readonly outcome?: string
  readonly why?: string
  readonly becomes?: string
  readonly code?: string
  readonly rule?: string
}

/** The state of a record after a drop. */
export interface DropAnswer {
  readonly id: string
  readonly result: 'dropped' | 'unchanged'
  readonly state: string
  readonly decided: Decided | null
  readonly inDoubt: InDoubtJson
}

/** The claims that an operator cleared, and those that the record still keeps in doubt. */
export interface ClearAnswer extends Pick<InDoubtJson, 'halted'> {
  readonly id: string
  readonly result: 'cleared' | 'unchanged'
  readonly items: readonly { readonly claim: string; readonly id: string }[]
  readonly left: InDoubtJson['claims']
}

/** The common part of the console's answers to orders. */
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
