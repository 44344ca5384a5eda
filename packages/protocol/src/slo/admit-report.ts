/** The client that signed a report, and by which of its keys. */
export interface ReportSigner {
  readonly client: string
  readonly kid: string
}

/** Why a report is ignored under a name that a client holds; each is a label of a metric. */
export const REPORT_REFUSALS = [
  'unsigned',
  'other-client',
  'unknown-key',
  'wrong-signature',
  'wrong-partition',
  'late',
  'replayed',
] as const

/** One of {@link REPORT_REFUSALS}. */
export type ReportRefusal = (typeof REPORT_REFUSALS)[number]

/** The proof that the signature of a report is. */
export type ReportProof =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'signed'; readonly signer: ReportSigner }
  | { readonly kind: 'broken'; readonly refusal: ReportRefusal }

/** A signed report that was made longer before its append, or after it, is late: clocks and brokers differ by less. */
const REPORT_LATE_MS = 300_000

/** The times of a report. */
export interface ReportTimes {
  /** The time of its making, by the edge's wall clock. */
  readonly atMs: number
  /** The lead of the broker's clock over the edge's, as the edge estimates it. */
  readonly clock?: { readonly offsetMs: number }
  /** The time of its append, by the broker's clock. */
  readonly reportedAtMs: number
}

/**
 * Returns whether a report was made long before or after its append. The memory of numbers ends after a day,
 * so an older signature proves nothing about the present.
 */
export function isLateReport({ atMs, clock, reportedAtMs }: ReportTimes): boolean {
  return Math.abs(reportedAtMs - atMs - (clock?.offsetMs ?? 0)) > REPORT_LATE_MS
}

/** The state of the name of an edge before a report of it. */
export interface NameBefore {
  /** The client that the registry declares for the name, else the one that holds it; `undefined`: there is none. */
  readonly holder: string | undefined
  /** The number of the report came before, in a record that was appended before. */
  readonly isRepeat: boolean
}

/** A report counts, and who signed it; or the reason why it does not count. */
export type ReportAdmission =
  | { readonly signer: ReportSigner | null }
  | { readonly refusal: ReportRefusal }

/**
 * Decides whether a report counts. The first client that signs for a name holds it. Then only its signed
 * reports count, and each number once. If no client holds a name, a signature that proves nothing counts as
 * none.
 */
export function admitReport(proof: ReportProof, { holder, isRepeat }: NameBefore): ReportAdmission {
  const refusal = refusalOf(proof, holder)
  if (refusal !== undefined) return { refusal }
  if (isRepeat) return { refusal: 'replayed' }
  return { signer: proof.kind === 'signed' ? proof.signer : null }
}

function refusalOf(proof: ReportProof, holder: string | undefined): ReportRefusal | undefined {
  if (holder === undefined) return undefined
  switch (proof.kind) {
    case 'unsigned':
      return 'unsigned'
    case 'broken':
      return proof.refusal
    case 'signed':
      return proof.signer.client === holder ? undefined : 'other-client'
  }
}
