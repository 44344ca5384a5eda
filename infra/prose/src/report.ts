import type { Budget, Deviation } from './budget.ts'
import { sumOf, type Counts, type Finding, type PartResult } from './findings.ts'
import { RULES } from './rules.ts'

const NAME_WIDTH = 28
const CELL_WIDTH = 14
const PERCENT = 100

/** The figures of all parts, one line each, with the goal below. */
export function figuresText(results: readonly PartResult[], budget: Budget): string {
  const comments = results.filter(({ part }) => part.startsWith('comments '))
  const product = comments.filter(({ part }) => /^comments (?:packages|services)\//.test(part))
  const rows = [
    ...results.map((result) => row(result.part, result.sentences, result.counts)),
    sumRow('all comments', comments),
    sumRow('comments of the product', product),
    sumRow('everything', results),
  ]
  const goals = RULES.map(({ name }) => `${budget.goalPercent[name]} %`)
  const legend = RULES.map(({ name, has }) => `${name}: ${has}`)
  return [
    line('', 'sentences', ...RULES.map(({ name }) => name)),
    ...rows,
    line('goal', '', ...goals),
    '',
    ...legend,
    '',
  ].join('\n')
}

/** One finding: the place, the rule, the sentence, and what to write in its place. */
export function findingText({ rule, sentence }: Finding): string {
  const place = `${sentence.path}:${sentence.line}`
  return `${place}  ${rule.name}: ${sentence.text}\n    ${rule.proposal}`
}

/** Findings of the parts and rules that have more than their budget; then what can be lowered. */
export function deviationsText(
  deviations: readonly Deviation[],
  results: readonly PartResult[],
): string {
  const over = deviations.filter(({ count, allowed }) => count > allowed)
  const under = deviations.filter(({ count, allowed }) => count < allowed)
  return [
    ...over.flatMap((each) => [sentenceOf(each), ...placesOf(each, results)]),
    ...under.map(sentenceOf),
    ...(under.length > 0 ? ['lower the budget: node infra/run/prose.mjs --write'] : []),
    '',
  ].join('\n')
}

function sentenceOf({ part, rule, count, allowed }: Deviation): string {
  return `${part}: ${count} sentences break the rule ${rule}, and the budget is ${allowed}`
}

function placesOf({ part, rule }: Deviation, results: readonly PartResult[]): readonly string[] {
  return results
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.part === part && finding.rule.name === rule)
    .map((finding) => `  ${findingText(finding)}`)
}

function sumRow(name: string, results: readonly PartResult[]): string {
  const { sentences, counts } = sumOf(results)
  return row(name, sentences, counts)
}

function row(name: string, sentences: number, counts: Counts): string {
  const cells = RULES.map((rule) => cell(counts[rule.name], sentences))
  return line(name, String(sentences), ...cells)
}

function cell(count: number, sentences: number): string {
  const share = sentences === 0 ? 0 : (count / sentences) * PERCENT
  return count === 0 ? '–' : `${count} (${share.toFixed(1)} %)`
}

function line(name: string, ...cells: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((each) => each.padStart(CELL_WIDTH)).join('')
}
