import type { Registry } from '@freshet/protocol'
import { audienceFindings } from './audiences/audience-findings.ts'
import { claimFindings } from './claims/claim-findings.ts'
import { classFindings } from './claims/class-findings.ts'
import { clientFindings } from './audiences/client-findings.ts'
import type { Finding } from './finding.ts'
import { issuerFindings } from './sources/issuer-findings.ts'
import { unusedSchemaFindings } from './audiences/policy-findings.ts'
import { probeFindings } from './sources/probe-findings.ts'
import { revocationFindings } from './sources/revocation-findings.ts'
import { readable, withHints, type LintTerms, type ReadableRegistry } from './readable-registry.ts'
import { sourceFindings, speakerFindings } from './sources/source-findings.ts'
import { tenantFindings } from './audiences/tenant-findings.ts'

/**
 * All findings of a registry, in the order of the file's parts. A service must not start with one
 * that has an error among them.
 */
export function lintRegistry(registry: Registry, terms: LintTerms = {}): readonly Finding[] {
  return lintReadable(readable(registry), terms)
}

/** The same of a registry as far as it can be read. */
export function lintReadable(
  readableRegistry: ReadableRegistry,
  terms: LintTerms = {},
): readonly Finding[] {
  const registry = { ...withHints(readableRegistry), ...terms }
  return [
    ...speakerFindings(registry),
    ...tenantFindings(registry),
    ...sourceFindings(registry),
    ...claimFindings(registry),
    ...audienceFindings(registry),
    ...unusedSchemaFindings(registry),
    ...clientFindings(registry),
    ...revocationFindings(registry),
    ...probeFindings(registry),
    ...issuerFindings(registry),
    ...classFindings(registry),
  ]
}
