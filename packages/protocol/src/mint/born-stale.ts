import { judge } from '../judge/judge.ts'
import type { Knowledge } from '../judge/knowledge.ts'
import { claimsMintedFor, type JudgedToken } from '../judge/token.ts'
import type { Verdict } from '../judge/verdict.ts'

/** A verdict that names what took something away. */
export type StaleVerdict = Extract<Verdict, { kind: 'stale' }>

/**
 * The look (rule 5): whether anything that is known takes the token away again. Judges every claim
 * that the token was minted for, present or not; a token without claims by its other scopes.
 */
export function bornStale(token: JudgedToken, knowledge: Knowledge): StaleVerdict | undefined {
  const claims = claimsMintedFor(token)
  for (const claim of claims.length > 0 ? claims : ['']) {
    const verdict = judge(token, claim, knowledge)
    if (verdict.kind === 'stale') return verdict
  }
  return undefined
}
