import type { Registry } from '../registry.ts'
import { audienceFindings } from './audience-findings.ts'
import { claimFindings } from './claim-findings.ts'
import { classFindings } from './class-findings.ts'
import { clientFindings } from './client-findings.ts'
import type { Finding } from './finding.ts'
import { issuerFindings } from './issuer-findings.ts'
import { schemaFindings } from './policy-findings.ts'
import { probeFindings } from './probe-findings.ts'
import { readable, withHints, type ReadableRegistry } from './readable-registry.ts'
import { sourceFindings, speakerFindings } from './source-findings.ts'
import { tenantFindings } from './tenant-findings.ts'

/**
 * All findings of a registry, in the order of the file's parts. A service must not start with one
 * that has an error among them. Without `nowMs` nothing is told that depends on the day.
 */
export function lintRegistry(registry: Registry, nowMs?: number): readonly Finding[] {
  return lintReadable(readable(registry), nowMs)
}

/** The same of a registry as far as it can be read. */
export function lintReadable(
  readableRegistry: ReadableRegistry,
  nowMs?: number,
): readonly Finding[] {
  const registry = { ...withHints(readableRegistry), nowMs }
  return [
    ...speakerFindings(registry),
    ...tenantFindings(registry),
    ...sourceFindings(registry),
    ...claimFindings(registry),
    ...audienceFindings(registry),
    ...schemaFindings(registry),
    ...clientFindings(registry),
    ...probeFindings(registry),
    ...issuerFindings(registry),
    ...classFindings(registry),
  ]
}
