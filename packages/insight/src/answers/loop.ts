import type { EdgeStanding } from '../edges/edge-standing.ts'

/** An edge that reported within the last hour. */
export interface EdgeJson {
  readonly edge: string
  /** The number of edges in a group; the other members hold for the worst of them. */
  readonly edges?: number
  readonly isUpperBound?: true
  readonly audience: string
  readonly version: string
  readonly standing: EdgeStanding
  readonly state: string
  readonly reportedAt: string
  /** Since when it answers from its view; `null`: not yet. */
  readonly liveSince?: string | null
  /** True if two processes report under its id; absent from consoles of earlier versions. */
  readonly conflict?: boolean
  /**
   * The state of its signatures: `signed`, `unsigned`, or `withdrawn`, if the client of the last one is no
   * longer in the active version. Absent for a group, and from a console of before.
   */
  readonly signed?: 'signed' | 'unsigned' | 'withdrawn'
  /** The client of the registry that holds its name; `null`: none does. */
  readonly signedBy?: string | null
  /** The number of edges of a group that sign their reports. */
  readonly signedEdges?: number
  /** The lead of the broker's clock over its wall clock. */
  readonly clock?: { readonly offsetMs: number; readonly errorMs: number | null } | null
  readonly partitions: readonly {
    readonly partition: number
    readonly applied: string
    readonly viewAgeMs: number | null
    readonly position?: string
    readonly head?: string | null
    /** Records of the revocation topic that it has not read; `null` where the broker does not answer. */
    readonly records?: string | null
    readonly behindMs?: number | null
  }[]
  /** Decisions per second over the last whole minute; `null` where it did not report. */
  readonly rates?: {
    readonly allow: number
    readonly deny: number
    readonly challenge: number
  } | null
}

/** A page of them, by name. */
export interface EdgesAnswer {
  readonly apiVersion: string
  readonly items: readonly EdgeJson[]
  /**
   * The begin of the next page; `null`: there is none. Consoles of earlier versions return all edges at once.
   */
  readonly next?: string | null
  readonly total?: number
  /** The groups of all edges, if there are too many to measure each. A group has the figures of its worst edge. */
  readonly groups?: readonly EdgeJson[]
  /**
   * Edges that report and are counted nowhere: there are more than can be. Consoles of earlier versions do
   * not have it.
   */
  readonly uncounted?: number
}

/** The recent states of an edge. */
export interface EdgeHistory {
  readonly apiVersion: string
  readonly edge: string
  /** The oldest that its view was within each of the last 60 whole minutes and this one; `null`: it was not live. */
  readonly minutes: readonly { readonly at: string; readonly oldestViewMs: number | null }[]
  /** Its last applies, newest first: the append by the broker's clock, and the apply by the edge's. */
  readonly applies: readonly {
    readonly partition: number
    /** Everything of the revocation topic below this position. */
    readonly upTo: string
    readonly appendedAt: string
    readonly appliedAt: string
    readonly afterMs: number
  }[]
}

/** The lag of a reader in one partition; `null` if the broker does not answer. */
export interface Behind {
  readonly partition: number
  readonly position: string
  readonly head: string | null
  readonly records: string | null
  readonly behindMs: number | null
}

/** The lag of recording and of each edge. */
export interface Lag {
  readonly apiVersion: string
  readonly recording: readonly Behind[]
  readonly edges: readonly (Behind & {
    readonly edge: string
    readonly standing: EdgeStanding
    /** The number of edges in a group. The lag is that of the last of them. */
    readonly edges?: number
    readonly isUpperBound?: true
  })[]
}
