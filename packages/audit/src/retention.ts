import { RETENTION } from '@freshet/domain'
import type { AuditStream } from '@freshet/events'

/**
 * How long entries are kept. What was minted and decided: as long as the issuance records that it
 * refers to. What people ordered and what was refused: a year, as long as the topic keeps the heads.
 */
export const AUDIT_KEPT_MS: Readonly<Record<AuditStream, number>> = {
  control: RETENTION.auditControl.keptMs,
  tokens: RETENTION.auditTokens.keptMs,
}
