import type { EdgeSoFar, ReportSigner } from '@freshet/protocol/slo'

/** The known state of an edge: the holder of its name, and its applied offset of each partition. */
export interface KnownSoFar extends EdgeSoFar {
  readonly signer: ReportSigner | null
  readonly applied: ReadonlyMap<number, bigint>
}

/** The known state of the reporting edges before their reports. */
export interface KnownBefore {
  readonly turn: bigint
  readonly edges: ReadonlyMap<string, KnownSoFar>
  /** Too many edges report to keep the applies of each. */
  readonly isGrouped: boolean
  /** Number of the last report, by {@link startKey}. */
  readonly starts: ReadonlyMap<string, number>
}

/** Returns the key of a start of an edge. */
export function startKey(edge: string, start: string): string {
  return JSON.stringify([edge, start])
}
