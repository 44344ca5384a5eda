import { claimsBehind, sourcesBehind } from '../claims/claim-map.ts'
import { judgeByTime } from './judge-by-time.ts'
import { deniedVerdict, silence, STALE_BY_SCOPE, staleVerdict } from './judge-grounds.ts'
import type { Knowledge } from './knowledge.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import { isBelow } from '../position/position.ts'
import { componentOf } from '../scope/scope.ts'
import { scopesOf, type JudgedToken, type Omission, type ScopedParty } from './token.ts'
import { FRESH, type Verdict } from './verdict.ts'

/**
 * Judges one claim of a token that a route uses, present in it or not.
 *
 * Total and without I/O. A known revocation makes the claim `stale`, whatever else is unknown. `fresh` needs
 * current leases: of the sources of the claim and of the claims it is derived from, in the subject's and in
 * the control partition; of the account source and every cut-off source, in the control partition (rules 14,
 * 15 and 24). It also needs a token that does not name the claim as left out. A descriptive claim is judged
 * as the token itself: no change of it, and no silence of its source, makes it other than fresh. A token
 * without a label is judged by time, and the verdict names that.
 *
 * Two faster forms of this rule exist, and property tests compare both with it: `claim-plan.ts` of the edge
 * decides only `fresh`, and `exposure/stale-by.ts` judges many tokens by one revocation.
 */
export function judge(token: JudgedToken, claim: string, knowledge: Knowledge): Verdict {
  if (token.byTime !== undefined) return judgeByTime(token, token.byTime, { claim, knowledge })
  return (
    deniedVerdict(token, knowledge) ??
    belowMinimum(token, knowledge) ??
    superseded(scopesOf(token, claimsBehind(knowledge.map, claim)), knowledge) ??
    olderIncarnation(token, knowledge) ??
    unverified(token, claim, knowledge) ??
    FRESH
  )
}

function belowMinimum(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  return token.pv < knowledge.minimumPv ? staleVerdict('policy-version') : undefined
}

function superseded(scopes: readonly ScopedParty[], knowledge: Knowledge): Verdict | undefined {
  for (const { scope, party } of scopes) {
    const watermark = knowledge.watermark(scope)
    if (watermark && isBelow(party.label, componentOf(scope.kind), watermark.position)) {
      return staleVerdict(STALE_BY_SCOPE[scope.kind], watermark.change)
    }
  }
  return undefined
}

function olderIncarnation(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  for (const { subject, label } of token.parties) {
    for (const partition of [partitionOf(subject), CONTROL_PARTITION]) {
      const e = knowledge.incarnation(partition)
      if (e !== undefined && label.e < e) return staleVerdict('incarnation')
    }
  }
  return undefined
}

function unverified(token: JudgedToken, claim: string, knowledge: Knowledge): Verdict | undefined {
  const { map } = knowledge
  if (!map?.claims.has(claim)) return { kind: 'unverified', source: 'freshet' }
  const omission = omissionBehind(token, claimsBehind(map, claim))
  if (omission) return { kind: 'unverified', source: 'freshet', reason: `omitted-${omission}` }
  const speaking = sourcesBehind(map, claim)
  for (const { subject, label } of token.parties) {
    const later =
      laterIncarnation(label.e, partitionOf(subject), knowledge) ??
      laterIncarnation(label.e, CONTROL_PARTITION, knowledge)
    if (later) return later
  }
  return silence(token, speaking, map, knowledge)
}

/**
 * The reason why a token does not carry one of these claims, if the token names it: then its absence is no
 * empty set, and no claim of the token is fresh for a route that uses it.
 */
export function omissionBehind(
  { omitted }: Pick<JudgedToken, 'omitted'>,
  claims: readonly string[],
): Omission | undefined {
  const name = omitted && claims.find((claim) => omitted.has(claim))
  return name === undefined ? undefined : omitted?.get(name)
}

/** A token of a later incarnation than the partition's was minted by someone who knows more. */
function laterIncarnation(e: bigint, partition: number, knowledge: Knowledge): Verdict | undefined {
  const known = knowledge.incarnation(partition)
  if (known !== undefined && e <= known) return undefined
  return { kind: 'unverified', source: 'freshet' }
}
