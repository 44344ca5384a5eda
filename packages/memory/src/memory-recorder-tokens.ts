import { changeKey, comparePositions, type TokenMark } from '@freshet/domain'
import type { RecordedBatch } from '@freshet/reconciler'
import type { SaveContext } from './memory-recorder-context.ts'
import type { TokenRow } from './memory-rows.ts'

/** Marks outstanding tokens and tells how many each change made stale, by change key. */
export function markTokens(
  { database }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  if (decision.marks.length === 0) return counts
  for (const token of database.tokens.values()) {
    const mark = token.stale ? undefined : decision.marks.find((each) => hits(each, token))
    if (mark === undefined) continue
    const { reason, source, change } = mark
    database.tokens.set(token.jti, {
      ...token,
      stale: { atMs: appliedAtMs, reason, source, change },
    })
    const key = changeKey({ ...mark, id: change })
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** A token belongs to its subject and to its actors, each with a position of its own. */
function hits(mark: TokenMark, token: TokenRow): boolean {
  if (mark.claim !== null && !token.claims.includes(mark.claim)) return false
  const { e, s, c } = token.label
  const own = token.subject === mark.subject ? [s] : []
  const acting = token.actors.flatMap((actor, index) =>
    actor === mark.subject ? [token.actorPositions[index] ?? 0n] : [],
  )
  return [...own, ...acting].some((at) => {
    const offset = mark.claim === null ? c : at
    return comparePositions({ e, offset }, mark.position) < 0
  })
}
