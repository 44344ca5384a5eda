import { registryRules, type Severity } from '@freshet/registry/lint'
import type { LocatedFinding } from '@freshet/registry'
import { printable } from '../printable.ts'

/** A finding as data: with the rule that it breaks. */
export interface ShownFinding extends LocatedFinding {
  readonly rule: string
}

/** The same with the rule of each. */
export function shownFindings(findings: readonly LocatedFinding[]): readonly ShownFinding[] {
  return findings.map(({ code, severity, line, column, place, message, fix }) => {
    const { rule } = registryRules[code]
    return { code, severity, line, column, place, message, rule, fix }
  })
}

/** The findings as people and editors read them, and how many there are. */
export function findingsText(file: string, findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return `${printable(file)}: nothing found`
  const lines = findings.flatMap(({ code, severity, line, column, place, message, rule, fix }) => [
    `${file}:${line}:${column}: ${severity}: ${message} (${code})`,
    ...(place === '' ? [] : [`  at ${place}`]),
    `  rule: ${rule}`,
    `  fix: ${fix}`,
  ])
  return [...lines, sumOf(findings)].map(printable).join('\n')
}

function sumOf(findings: readonly ShownFinding[]): string {
  const count = (severity: Severity): string => {
    const number = findings.filter((each) => each.severity === severity).length
    return `${number} ${severity}${number === 1 ? '' : 's'}`
  }
  return `${count('error')}, ${count('warning')}, ${count('note')}`
}
