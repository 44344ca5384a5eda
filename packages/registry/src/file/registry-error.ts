import { FreshetError } from '@freshet/protocol'
import type { Finding } from '../lint/finding.ts'

/** Findings that a message names at most; the error holds all of them. */
const NAMED_MAX = 50

/** `registry.invalid` with every finding that keeps a registry from being used. */
export class RegistryError<F extends Finding = Finding> extends FreshetError {
  readonly findings: readonly F[]

  /** `nameOf` returns the place of a finding, for people. */
  constructor(findings: readonly F[], nameOf: (found: F) => string) {
    const lines = findings
      .slice(0, NAMED_MAX)
      .map((found) => `${nameOf(found)}: ${found.message} (${found.code})`)
    const more = findings.length - lines.length
    super('registry.invalid', [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
    this.name = 'RegistryError'
    this.findings = findings
  }
}
