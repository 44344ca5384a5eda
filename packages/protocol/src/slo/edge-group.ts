/**
 * Up to this number of edges, each is measured exactly; beyond it, groups are, by the worst of their edges.
 */
export const EXACT_EDGES_MAX = 500

/** Edges that reported within so long count towards {@link EXACT_EDGES_MAX}: as long as a change may wait for one. */
export const COUNTED_WITHIN_MS = 910_000

/**
 * Edges that reported within this time are measured by group if they are too many. Applies of each edge are
 * kept anew once few enough reported within {@link COUNTED_WITHIN_MS}: by then no change is open of whose
 * time they were not.
 */
export const GROUPED_WITHIN_MS: number = 2 * COUNTED_WITHIN_MS

/** The number of edges that are counted at all: the state of the others is unknown. */
export const COUNTED_EDGES_MAX = 20_000

/** Begins the name of a group: no edge can have it in its own, for no name on the wire holds control characters. */
const GROUP_MARK = '\u0001'

/** Edges of one audience are a group. Under this name their worst applies are kept. */
export function groupName(audience: string): string {
  return GROUP_MARK + audience
}

/** The content of a report about one partition. */
export interface ReportedApplies {
  readonly applied: bigint
  readonly applies: readonly {
    readonly upTo: bigint
    readonly appendedAtMs: number
    readonly appliedAtMs: number
    readonly allowsSinceMs?: number
  }[]
}

/** An edge went from one offset to another, and had done so by a time at the latest. */
export interface Pass {
  readonly fromOffset: bigint
  readonly upTo: bigint
  readonly appendedAtMs: number
  readonly appliedAtMs: number
  readonly allowsSinceMs?: number
}

/** The relation of a report to the known state of its edge. */
export interface PassTerms {
  /** The applied offset as far as known; `undefined` for an unknown edge. */
  readonly before: bigint | undefined
  /** The time of the append, by the broker's clock. */
  readonly reportedAtMs: number
  /** It follows the report before it, so it lists every apply since. */
  readonly isNext: boolean
}

/**
 * The passing of an edge over everything between two reports. It has no gaps, so the worst pass over an
 * offset, of all edges, is not below the time at which the last one had applied it. An edge's clock does not
 * count beyond the times that the broker saw.
 */
export function passesOf(
  { applied, applies }: ReportedApplies,
  { before, reportedAtMs, isNext }: PassTerms,
): readonly Pass[] {
  const passes: Pass[] = []
  let from = before
  for (const { upTo, appendedAtMs, appliedAtMs, allowsSinceMs } of applies) {
    const fromOffset = from === undefined || from >= upTo ? upTo - 1n : from
    const atMs = Math.max(appendedAtMs, Math.min(appliedAtMs, reportedAtMs))
    const pass = { fromOffset, upTo, appendedAtMs, appliedAtMs: atMs }
    passes.push(allowsSinceMs === undefined ? pass : Object.assign(pass, { allowsSinceMs }))
    from = upTo
  }
  // A report between was lost: when the edge passed what that one listed is known by this one alone.
  if (!isNext && before !== undefined && before < applied) {
    const times = { appendedAtMs: reportedAtMs, appliedAtMs: reportedAtMs }
    passes.push({ fromOffset: before, upTo: applied, ...times })
  }
  return passes
}
