import { RETENTION } from '@freshet/protocol'
import type { AuditStream } from '@freshet/wire'

/**
 * The retention of entries. Mints and decisions stay as long as the issuance records that they refer to.
 * Orders and refusals stay a year, as long as the topic keeps the heads.
 */
export const AUDIT_KEPT_MS: Readonly<Record<AuditStream, number>> = {
  control: RETENTION.auditControl.keptMs,
  tokens: RETENTION.auditTokens.keptMs,
}
