import * as z from 'zod'
import { AUDIT_STREAMS } from './audit-kinds.ts'
import { critical, decimal, hashText, time, type Wire } from '../json/wire-types.ts'

/** A head of the audit. */
export const auditHeadSchema = z.object({
  stream: z.enum(AUDIT_STREAMS),
  n: decimal,
  hash: hashText,
  at: time,
  critical: critical.exactOptional(),
})

/** A head of the audit on the wire: the number of entries and the hash over them. */
export type WireAuditHead = Wire<typeof auditHeadSchema>
