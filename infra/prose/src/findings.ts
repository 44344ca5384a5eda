import type { Parts, PlacedSentence } from './parts.ts'
import { RULES, type Rule, type RuleName } from './rules.ts'

/** A sentence that breaks a rule. */
export interface Finding {
  readonly part: string
  readonly rule: Rule
  readonly sentence: PlacedSentence
}

/** The number of sentences of a part that break each rule. A rule that nothing breaks has 0. */
export type Counts = Readonly<Record<RuleName, number>>

/** The result of one part. */
export interface PartResult {
  readonly part: string
  readonly sentences: number
  readonly counts: Counts
  readonly findings: readonly Finding[]
}

/** Holds every sentence against every rule that counts for its part. */
export function resultsOf(parts: Parts): readonly PartResult[] {
  return [...parts].map(([part, sentences]) => {
    const rules = RULES.filter(({ onlyIn }) => onlyIn === undefined || onlyIn === part)
    const findings = sentences.flatMap((sentence) =>
      rules
        .filter(({ isBrokenBy }) => isBrokenBy(sentence))
        .map((rule) => ({ part, rule, sentence })),
    )
    return { part, sentences: sentences.length, counts: countsOf(findings), findings }
  })
}

/** The sums of some parts. */
export function sumOf(results: readonly PartResult[]): Pick<PartResult, 'sentences' | 'counts'> {
  const sentences = results.reduce((total, result) => total + result.sentences, 0)
  return { sentences, counts: countsOf(results.flatMap(({ findings }) => findings)) }
}

function countsOf(findings: readonly Finding[]): Counts {
  const count = (name: RuleName): number => findings.filter(({ rule }) => rule.name === name).length
  return Object.fromEntries(RULES.map(({ name }) => [name, count(name)])) as Record<
    RuleName,
    number
  >
}
