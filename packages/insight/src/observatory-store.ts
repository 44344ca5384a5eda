import type { ReportProof, ReportRefusal, ReportSigner } from '@freshet/protocol/slo'
import type { EdgeReport, UnverifiedSources } from '@freshet/wire'
import type { LoggedChange } from './changes/logged-change.ts'
import type { ExposureStore, NewExposure } from './exposure/exposure-store.ts'
import type { PipelineRows } from './pipeline/pipeline.ts'

/** An edge as its last report described it. */
export interface KnownEdge {
  readonly edge: string
  readonly audience: string
  readonly version: string
  readonly state: EdgeReport['state']
  /** Broker's time of the last report. */
  readonly reportedAtMs: number
  /** Broker's time of the report in which it first was live; `null` while it is starting or closing. */
  readonly liveSinceMs: number | null
  /** The signer of the last report, who holds the name. `null`: no report was ever signed, or this is a group. */
  readonly signer: EdgeSigner | null
  readonly partitions: readonly {
    readonly partition: number
    readonly applied: bigint
    readonly viewAgeMs: number | null
  }[]
  /** The sources that it cannot vouch for; absent: an edge of an earlier release reported. */
  readonly unverified?: UnverifiedSources
  /** The group of these edges; absent for a single one. */
  readonly group?: {
    readonly edges: number
    /** The number of edges whose last report was signed by a key that still counts. */
    readonly signed: number
    /** The name under which their applies are stored. */
    readonly name: string
  }
}

/** The signer of the last report of an edge. */
export interface EdgeSigner extends ReportSigner {
  /** It does not count in the active version any more. A store does not know it. */
  readonly isWithdrawn?: true
}

/**
 * The time at which an edge had applied everything below an offset of a partition of the revocation topic.
 */
export interface RecordedApply {
  readonly edge: string
  readonly upTo: bigint
  /** Broker's time of the batch. */
  readonly appendedAtMs: number
  /** Edge's time of applying it. */
  readonly appliedAtMs: number
  /** The broker's time of the first report about it; `null` if it was not kept. */
  readonly reportedAtMs: number | null
  /** Since when what it was held against is complete; `null` or absent where the edge counted no allows. */
  readonly allowsSinceMs?: number | null
}

/** An apply of an edge, with its place. */
export interface LatestApply extends RecordedApply {
  readonly partition: number
}

/** An outstanding or past token as the ledger has it. */
export interface LedgerEntry {
  readonly jti: string
  readonly subject: string
  readonly audience: string
  readonly client: string
  readonly iatMs: number
  readonly expMs: number
  readonly claims: readonly string[]
  /** The issuer of a foreign token; `null` for a token of the authority. */
  readonly issuer: string | null
  readonly stale: {
    readonly atMs: number
    readonly reason: string
    readonly source: string
    readonly change: string
  } | null
}

/** Which changes are asked for that took something away. */
export interface TightenedQuestion {
  /** Recorded since. */
  readonly sinceMs: number
  readonly kinds: readonly string[]
}

/** Which of the latest changes are asked for. */
export interface RecentQuestion {
  /** The only trace: 32 hexadecimal digits, in lower case. */
  readonly traceId?: string
  readonly tenant?: string
  readonly source?: string
  /** The end of the key of the subject, as `subjectKeyEnd` makes it. */
  readonly subjectEnd?: string
  readonly outcome?: string
  /** Recorded since. */
  readonly sinceMs?: number
}

/** Which changes of a subject are asked for. */
export interface LatestQuestion {
  readonly subject: string
  readonly outcomes: readonly string[]
  /** Only so many of the latest changes of the subject are read; an older one is not found. */
  readonly within: number
}

/** Reports that are kept at a time: with more the event loop would wait for them too long, with fewer the disk too often. */
export const REPORTS_MAX = 4_000

/** A report with the broker's time of it. */
export interface ReceivedReport {
  readonly report: EdgeReport
  readonly reportedAtMs: number
  /** The proof that its signature is. Absent: the report is not signed. */
  readonly proof?: ReportProof
  /** The client that the registry declares for the name of the edge: it alone counts. Absent: it declares none. */
  readonly declared?: string
}

/** A report that changed nothing, and why. */
export interface IgnoredReport {
  readonly edge: string
  readonly refusal: ReportRefusal
}

/** The data that some reports added. */
export interface NewlyRecorded {
  /** Those with a number that had not come, in their order, and no later one of their start either. */
  readonly counted: readonly ReceivedReport[]
  readonly exposed: readonly NewExposure[]
  /** Those that were appended after the last report of their edge, and must not count. */
  readonly ignored: readonly IgnoredReport[]
}

/** The store of reports and of other processes' records, for the observatory. */
export interface ObservatoryStore extends ExposureStore {
  /** Changes of that id, newest first; ids are unique per tenant and source only. At most 20. */
  changes(id: string): Promise<readonly LoggedChange[]>
  /** The latest changes of a subject, newest first. At most `limit`. */
  changesOf(subject: string, limit: number): Promise<readonly LoggedChange[]>
  /**
   * The latest change of a subject with one of these outcomes for each source and claim, and for each source and
   * operation on the account, newest first.
   */
  latestOf(question: LatestQuestion): Promise<readonly LoggedChange[]>
  /**
   * The latest changes that took something away, those of probes left out, newest first. At most `limit`, of the 10,000 records
   * that each partition passed last.
   */
  tightened(question: TightenedQuestion, limit: number): Promise<readonly LoggedChange[]>
  /**
   * The latest changes of any kind, newest first; those of probes only where their trace is asked for. At most `limit`, of the 10,000 records that each
   * partition passed last.
   */
  recent(question: RecentQuestion, limit: number): Promise<readonly LoggedChange[]>
  /** Tokens of a subject that have not expired, newest first. At most `limit`. */
  tokensOf(subject: string, limit: number): Promise<readonly LedgerEntry[]>
  /** The progress of recording and publishing. */
  pipeline(): Promise<PipelineRows>
  /**
   * Keeps reports in the order of their appends, all or none, each once however often it comes; one that is
   * older than the last of its edge changes nothing but its applies. Of each group the applies of its last edge are kept, so
   * that a fleet may grow beyond {@link EXACT_EDGES_MAX} edges at any time; beyond it those of each edge are not. A report
   * that `admitReport` refuses changes nothing. At most {@link REPORTS_MAX}.
   */
  record(reports: readonly ReceivedReport[]): Promise<NewlyRecorded>
  /** Edges that reported since, those that are live first. At most {@link COUNTED_EDGES_MAX}. */
  edges(sinceMs: number): Promise<readonly KnownEdge[]>
  /** The number of live edges with a report since then, beyond those that `edges` gives. */
  uncountedEdges(sinceMs: number): Promise<number>
  /** The first apply of each edge of everything up to and including the offset. */
  applies(partition: number, offset: bigint): Promise<readonly RecordedApply[]>
  /** The same of groups, by their names: of each that of the edge that was last. */
  groupApplies(partition: number, offset: bigint): Promise<readonly RecordedApply[]>
  /**
   * The last applies of an edge, or of a group by its name, by its own clock the newest first. At most
   * `limit`.
   */
  latestApplies(edge: string, limit: number): Promise<readonly LatestApply[]>
  /** Forgets edges, their starts and applies older than this. */
  forget(beforeMs: number): Promise<void>
}
