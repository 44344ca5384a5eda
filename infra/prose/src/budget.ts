import type { PartResult } from './findings.ts'
import { RULES, type RuleName } from './rules.ts'

/** The number of sentences that are allowed to break a rule, by part and rule. An absent number is 0. */
export type Allowed = Readonly<Record<string, Readonly<Partial<Record<RuleName, number>>>>>

/** `infra/prose/budget.json`. */
export interface Budget {
  /** The share of sentences, in percent, at which a rule has no budget left to lower. */
  readonly goalPercent: Readonly<Record<RuleName, number>>
  readonly allowed: Allowed
}

/** A count that is not the allowed one. */
export interface Deviation {
  readonly part: string
  readonly rule: RuleName
  readonly count: number
  readonly allowed: number
}

/** Every part and rule whose count differs from the budget. A part that is gone counts as 0. */
export function deviationsOf(
  results: readonly PartResult[],
  { allowed }: Budget,
): readonly Deviation[] {
  const byPart = new Map(results.map((result) => [result.part, result.counts]))
  const parts = [...new Set([...byPart.keys(), ...Object.keys(allowed)])]
  return parts.flatMap((part) =>
    RULES.flatMap(({ name }) => {
      const count = byPart.get(part)?.[name] ?? 0
      const limit = allowed[part]?.[name] ?? 0
      return count === limit ? [] : [{ part, rule: name, count, allowed: limit }]
    }),
  )
}

/** The same budget with each count lowered to what is there now. A count never rises by this. */
export function lowered(results: readonly PartResult[], budget: Budget): Budget {
  const allowed: Record<string, Partial<Record<RuleName, number>>> = {}
  for (const { part, counts } of results) {
    const rules = RULES.map(({ name }) => {
      return [name, Math.min(counts[name], budget.allowed[part]?.[name] ?? 0)] as const
    })
    const left = rules.filter(([, count]) => count > 0)
    if (left.length > 0) allowed[part] = Object.fromEntries(left)
  }
  return { goalPercent: budget.goalPercent, allowed }
}
