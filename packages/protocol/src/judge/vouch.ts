import { judge } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import { comparePositions, type Position } from '../position/position.ts'
import type { JudgedToken } from './token.ts'
import type { Verdict } from './verdict.ts'

/** The reading position of a process in one partition of the change topic: up to the next offset. */
export interface KnownPosition extends Position {
  readonly partition: number
}

/** The knowledge of an authority with its own positions, all of one snapshot. */
export interface PositionedKnowledge extends Knowledge {
  /** Next offset to be recorded; `undefined` for a partition that it knows nothing of. */
  position(partition: number): Position | undefined
}

/** The edge that asks might know of a loss that such an authority has not read. */
const BEHIND: Verdict = { kind: 'unverified', source: 'freshet', reason: 'authority-behind' }

/**
 * The authority's verdicts on claims of a token, for an edge that has read as far as `known` (rule 40).
 *
 * An authority that has not read as far, or not as far as the token's own label, calls nothing fresh: it was
 * restored, or looks at a copy that is late. A claim that it knows to be stale is stale all the same, and a
 * claim with a silent source stays unverified.
 */
export function vouch(
  token: JudgedToken,
  claims: readonly string[],
  known: readonly KnownPosition[],
  knowledge: PositionedKnowledge,
): ReadonlyMap<string, Verdict> {
  const behind = isBehind([...known, ...labelsOf(token)], knowledge)
  const verdictOn = (claim: string): Verdict => {
    const verdict = judge(token, claim, knowledge)
    return behind && verdict.kind !== 'stale' ? BEHIND : verdict
  }
  return new Map(claims.map((claim) => [claim, verdictOn(claim)]))
}

/** A later incarnation is ahead of every offset of an earlier one. */
function isBehind(positions: readonly KnownPosition[], knowledge: PositionedKnowledge): boolean {
  return positions.some((position) => {
    const own = knowledge.position(position.partition)
    return own === undefined || comparePositions(own, position) < 0
  })
}

/** The authority that minted the token had read as far as this. */
function labelsOf({ parties }: JudgedToken): readonly KnownPosition[] {
  return parties.flatMap(({ subject, label: { e, s, c } }) => [
    { partition: partitionOf(subject), e, offset: s },
    { partition: CONTROL_PARTITION, e, offset: c },
  ])
}
