import type { CheckResult } from '../../doctor/check.ts'
import type { Colors } from '../view.ts'
import { asTyped } from '../as-typed.ts'
import { printable } from '../printable.ts'

/** The checks by group, each failure with its meaning and its fix, in which `command` starts commands. */
export function doctorText(
  results: readonly CheckResult[],
  colors: Colors,
  command = 'freshet',
): string {
  const groups = [...new Set(results.map(({ group }) => group))]
  const sections = groups.map((group) =>
    [
      colors.bold(group),
      ...results
        .filter((result) => result.group === group)
        .flatMap((result) => lines(result, colors, command)),
    ].join('\n'),
  )
  return [...sections, summaryOf(results)].join('\n\n')
}

function lines(
  { title, outcome, detail, means, fix }: CheckResult,
  colors: Colors,
  command: string,
): readonly string[] {
  const text = printable(`${title}: ${detail}`)
  return [
    `  ${marks[outcome](colors)} ${outcome === 'skipped' ? colors.dim(text) : text}`,
    ...(means === undefined ? [] : [`      means: ${printable(means)}`]),
    ...(fix === undefined ? [] : [`      fix:   ${printable(asTyped(fix, command))}`]),
  ]
}

const marks: Readonly<Record<CheckResult['outcome'], (colors: Colors) => string>> = {
  ok: (colors) => colors.green('✓'),
  warning: (colors) => colors.yellow('!'),
  failed: (colors) => colors.red('✗'),
  skipped: (colors) => colors.dim('-'),
}

function summaryOf(results: readonly CheckResult[]): string {
  const count = (outcome: CheckResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const parts = [`${count('ok')} ok`, `${count('warning')} to look at`, `${count('failed')} failed`]
  const skipped = count('skipped')
  return [...parts, ...(skipped === 0 ? [] : [`${skipped} not checked`])].join(', ')
}
