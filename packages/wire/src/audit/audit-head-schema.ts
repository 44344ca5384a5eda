import * as z from 'zod'
import { AUDIT_STREAMS, type AuditStream } from './audit-kinds.ts'
import { critical, decimal, hashText, time } from '../json/wire-types.ts'

/** A head of the audit on the wire: the number of entries and the hash over them. */
export interface WireAuditHead {
  readonly stream: AuditStream
  readonly n: string
  readonly hash: string
  readonly at: string
  readonly critical?: readonly string[]
}

/** A head of the audit. */
export const auditHeadSchema: z.ZodType<WireAuditHead> = z.object({
  stream: z.enum(AUDIT_STREAMS),
  n: decimal,
  hash: hashText,
  at: time,
  critical: critical.exactOptional(),
})
