import { FreshetError } from '@freshet/protocol'

/** A rule of the file of objectives that a member of a document breaks. */
export interface SloFinding {
  /** Kind and name, like `SLO reduce-complete-2s`; its number where it has none. */
  readonly document: string
  /** Path in the document, like `spec.objectives.0.target`; empty for all of it. */
  readonly member: string
  readonly rule: SloRule
  readonly message: string
}

/** Rules of the file. */
export type SloRule =
  | 'document.yaml'
  | 'document.form'
  | 'name.twice'
  | 'reference.unknown'
  | 'class.form'
  | 'threshold.form'
  | 'threshold.bucket'
  | 'query.differs'
  | 'alert.factor'

/** Findings that a message names; all of them are in the error. */
const NAMED_MAX = 50

/** `slo.invalid` with every finding. */
export class SloFileError extends FreshetError {
  readonly findings: readonly SloFinding[]

  constructor(findings: readonly SloFinding[]) {
    const lines = findings.slice(0, NAMED_MAX).map(lineOf)
    const more = findings.length - lines.length
    super('slo.invalid', [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
    this.name = 'SloFileError'
    this.findings = findings
  }
}

function lineOf({ document, member, rule, message }: SloFinding): string {
  return `${[document, member].filter((part) => part !== '').join(': ')}: ${message} (${rule})`
}
