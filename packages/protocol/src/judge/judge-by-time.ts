import { claimsBehind, sourcesBehind } from '../claims/claim-map.ts'
import { deniedVerdict, silence, STALE_BY_SCOPE, staleVerdict } from './judge-grounds.ts'
import type { Knowledge } from './knowledge.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import { TOKEN_ITSELF } from './token-itself.ts'
import { scopesOf, type IssueTime, type JudgedToken } from './token.ts'
import { FRESH_BY_TIME, type Verdict } from './verdict.ts'

interface Question {
  readonly claim: string
  readonly knowledge: Knowledge
}

const UNKNOWN = { kind: 'unverified', source: 'freshet' } as const

/**
 * Judges a claim of a token without a label (rule 8): `iat` stands where a label would, against the times of
 * changes and not their positions, and the margin of its issuer is added to each of them. Denials and leases
 * count as for any token. Time is weaker than a label and revokes too much, so the verdict names it.
 */
export function judgeByTime(token: JudgedToken, issued: IssueTime, question: Question): Verdict {
  const verdict =
    deniedVerdict(token, question.knowledge) ??
    beforeAllTimes(token, issued, question.knowledge) ??
    superseded(token, issued, question) ??
    unverified(token, question)
  return verdict === undefined ? FRESH_BY_TIME : { ...verdict, basis: 'time' }
}

function isOlder({ issuedAtMs, marginMs }: IssueTime, timeMs: number): boolean {
  return issuedAtMs <= timeMs + marginMs
}

/** An incarnation is named by the second in which it began: earlier losses are unknown. */
function beforeAllTimes(
  token: JudgedToken,
  issued: IssueTime,
  knowledge: Knowledge,
): Verdict | undefined {
  for (const partition of partitionsOf(token)) {
    const e = knowledge.incarnation(partition)
    if (e !== undefined && isOlder(issued, Number(e) * 1_000)) return staleVerdict('incarnation')
    const sinceMs = knowledge.times?.sinceMs(partition, token.tenant)
    if (sinceMs !== undefined && isOlder(issued, sinceMs)) return staleVerdict('policy-version')
  }
  return undefined
}

function superseded(
  token: JudgedToken,
  issued: IssueTime,
  { claim, knowledge: { map, times } }: Question,
): Verdict | undefined {
  for (const { scope } of scopesOf(token, claimsBehind(map, claim))) {
    const latest = times?.latest(scope)
    if (latest === undefined || !isOlder(issued, latest.timeMs)) continue
    const verdict = staleVerdict(STALE_BY_SCOPE[scope.kind], latest.change)
    return issued.issuedAtMs <= latest.timeMs ? { ...verdict, sinceMs: latest.timeMs } : verdict
  }
  return undefined
}

/** A claim that its issuer does not give is not empty in its tokens: the tokens do not show it. */
function unverified(token: JudgedToken, { claim, knowledge }: Question): Verdict | undefined {
  const { map } = knowledge
  const issuer = map?.issuers?.get(token.issuer)
  if (!map?.claims.has(claim) || issuer === undefined) return UNKNOWN
  const { tenant } = token
  if (!partitionsOf(token).every((partition) => hasTime(partition, tenant, knowledge)))
    return UNKNOWN
  if (claim !== TOKEN_ITSELF && !issuer.claims.has(claim))
    return { ...UNKNOWN, reason: 'omitted-unverified' }
  return silence(token, sourcesBehind(map, claim), map, knowledge)
}

function hasTime(partition: number, tenant: string, knowledge: Knowledge): boolean {
  const isKnown = knowledge.incarnation(partition) !== undefined
  return isKnown && knowledge.times?.sinceMs(partition, tenant) !== undefined
}

function partitionsOf({ parties }: JudgedToken): readonly number[] {
  return [...parties.map(({ subject }) => partitionOf(subject)), CONTROL_PARTITION]
}
