import type { AuditStream } from '@freshet/events'

const DAY_MS = 86_400_000

/**
 * How long entries are kept. What was minted and decided: as long as the issuance records that it
 * refers to. What people ordered and what was refused: a year, as long as the topic keeps the heads.
 */
export const AUDIT_KEPT_MS: Readonly<Record<AuditStream, number>> = {
  control: 365 * DAY_MS,
  tokens: 36 * DAY_MS,
}
