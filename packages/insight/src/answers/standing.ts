import type { ChangeJson } from './change.ts'

/** The state of each partition and source, the break-glass grants and the quarantine. */
export interface Status {
  readonly apiVersion: string
  /** The time by the console's clock. */
  readonly measuredAt: string
  readonly policy: {
    /** As the console has loaded it. */
    readonly version: number
    readonly hash: string
    readonly active: { readonly version: number; readonly hash: string | null } | null
  }
  readonly partitions: readonly {
    readonly partition: number
    readonly e: string
    readonly position: string
    readonly end: string | null
    readonly lag: string | null
    readonly policyVersion: number
    readonly waiting: number
    readonly publishedAt: string | null
    /** The record that the partition cannot get past; absent while it goes on. */
    readonly paused?: {
      readonly offset: string
      readonly code: string
      readonly message: string
      readonly since: string
      readonly attempts: number
    }
  }[]
  readonly sources: readonly {
    readonly tenant: string
    readonly source: string
    readonly standing: 'live' | 'silent' | 'hole' | 'halted' | 'ending' | 'unheard'
    readonly through: string | null
    readonly leaseMs: number
    /** Claims of subjects that changed unannounced, as its full statements found. */
    readonly missed: number
  }[]
  /** Claims whose two sources differ. */
  readonly contradictions: readonly {
    readonly tenant: string
    readonly claim: string
    readonly source: string
    readonly corroborates: string
    readonly subjects: number
    readonly since: string
  }[]
  /** Routes that an admin opened for a claim. */
  readonly openings: readonly {
    readonly id: string
    readonly tenant: string
    readonly audience: string
    readonly route: string
    readonly claim: string
    readonly from: string
    readonly until: string
    readonly by: string
    readonly reason: string
  }[]
  readonly quarantined: string | null
  readonly lastChange: ChangeJson | null
  /** The last probe of each claim; `null`: probes are off. Consoles of earlier versions do not have it. */
  readonly probes?: readonly Probe[] | null
}

/** The outcome of the last probe of a claim. */
export interface Probe {
  readonly claim: string
  readonly at: string
  readonly change: string | null
  /** Its steps, in order, with the clock of each. */
  readonly steps?: readonly {
    readonly step: string
    readonly at: string | null
    readonly time: string
    readonly clock: string
  }[]
  /** Until every door refused; `null` where one did not. */
  readonly tookMs: number | null
  readonly broken: {
    readonly step: string
    readonly at: string | null
    readonly why: string
  } | null
  /** The last of them, oldest first, with this one. */
  readonly recent: readonly { readonly at: string; readonly tookMs: number | null }[]
}
