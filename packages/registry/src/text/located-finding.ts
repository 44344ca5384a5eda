import type { Finding } from '../lint/finding.ts'

/** The begin of a finding in a text, both from 1; the column counts UTF-16 units, as editors do. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** A finding with its place in the text of the file. */
export interface LocatedFinding extends Finding, TextPlace {}

/** Returns findings in the order of the text. Findings at one place keep their order. */
export function inOrder(findings: readonly LocatedFinding[]): readonly LocatedFinding[] {
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column)
}
