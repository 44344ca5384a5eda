import { countOf, spanOf } from './words.ts'

/** An edge, or a group of them. */
export interface Named {
  readonly edge: string
  readonly edges?: number
}

/**
 * The name of an edge, or of a group with the number of its edges: its figures hold for the worst of them.
 */
export function edgeName({ edge, edges }: Named): string {
  return edges === undefined ? edge : `${edge}, ${countOf(edges, 'edge')} (upper bound)`
}

/** Returns whether it no longer reports: its last data are from then. */
export function isSilent({ standing }: { readonly standing: string }): boolean {
  return standing === 'closed' || standing === 'disconnected'
}

/** The number of these edges, groups with all of theirs. */
export function edgesIn(named: readonly Pick<Named, 'edges'>[]): number {
  return named.reduce((sum, { edges }) => sum + (edges ?? 1), 0)
}

/** A time that may be that of the last edge of a group at the latest. */
export function completeAfter(ms: number, isUpperBound = false): string {
  return isUpperBound ? `at most ${spanOf(ms)} (upper bound)` : spanOf(ms)
}
