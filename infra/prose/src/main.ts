import { readFileSync, writeFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import { fileURLToPath } from 'node:url'
import { deviationsOf, lowered, type Budget } from './budget.ts'
import { resultsOf } from './findings.ts'
import { habitsText } from './habits.ts'
import { partsOf } from './parts.ts'
import { readFiles } from './read-files.ts'
import { deviationsText, figuresText, findingText } from './report.ts'

// `node infra/run/prose.mjs` prints the figures. `--list TEXT…` prints each place whose part, path or rule
// contains all of the texts. `--check` exits with 1 if a part has more than its budget. `--write` lowers the
// budget.
const root = fileURLToPath(new URL('../../../', import.meta.url))
const file = new URL('../budget.json', import.meta.url)
const [verb, ...words] = nodeProcess.argv.slice(2)

const budget = JSON.parse(readFileSync(file, 'utf8')) as Budget
const parts = partsOf(readFiles(root))
const results = resultsOf(parts)
const deviations = deviationsOf(results, budget)
const print = (text: string): void => void nodeProcess.stdout.write(text)

if (verb === '--write') {
  writeFileSync(file, `${JSON.stringify(lowered(results, budget), null, 2)}\n`)
} else if (verb === '--list') {
  const lines = results
    .flatMap(({ findings }) => findings)
    .map((each) => [each, keyOf(each)] as const)
  for (const [each, key] of lines)
    if (words.every((word) => key.includes(word))) print(`${findingText(each)}\n`)
} else {
  if (verb !== '--check') print(`${figuresText(results, budget)}${habitsText(parts)}`)
  print(deviationsText(deviations, results))
  if (deviations.some(({ count, allowed }) => count > allowed)) nodeProcess.exitCode = 1
}

function keyOf({ part, rule, sentence }: (typeof results)[number]['findings'][number]): string {
  return `${part} ${rule.name} ${sentence.path}`
}
