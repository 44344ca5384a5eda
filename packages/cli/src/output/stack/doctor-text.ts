import type { CheckResult } from '../../doctor/check.ts'
import type { Colors } from '../colors.ts'
import { printable } from '../printable.ts'

/** The checks by group, each failure with what it means and what to do. */
export function doctorText(results: readonly CheckResult[], colors: Colors): string {
  const groups = [...new Set(results.map(({ group }) => group))]
  const sections = groups.map((group) =>
    [
      colors.bold(group),
      ...results
        .filter((result) => result.group === group)
        .flatMap((result) => lines(result, colors)),
    ].join('\n'),
  )
  return [...sections, summaryOf(results)].join('\n\n')
}

function lines(
  { name, outcome, detail, means, fix }: CheckResult,
  colors: Colors,
): readonly string[] {
  const text = printable(`${name}: ${detail}`)
  return [
    `  ${marks[outcome](colors)} ${outcome === 'skipped' ? colors.dim(text) : text}`,
    ...(means === undefined ? [] : [`      means: ${printable(means)}`]),
    ...(fix === undefined ? [] : [`      fix:   ${printable(fix)}`]),
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
