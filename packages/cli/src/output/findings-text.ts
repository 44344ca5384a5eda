import { printable } from './printable.ts'

/** Something wrong with a registry file, where, and what to do about it. */
export interface ShownFinding {
  readonly code: string
  /** JSON pointer into the file. */
  readonly place: string
  readonly message: string
  readonly fix?: string
}

/** The findings as people read them. */
export function findingsText(file: string, findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return `${file}: nothing found`
  const lines = findings.flatMap(({ code, place, message, fix }) => [
    `${file}#${place}: ${message} (${code})`,
    ...(fix === undefined ? [] : [`  fix: ${fix}`]),
  ])
  return lines.map(printable).join('\n')
}
