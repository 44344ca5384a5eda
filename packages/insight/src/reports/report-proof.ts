import { isLateReport, type ReportProof } from '@freshet/protocol/slo'
import {
  checkReportSignature,
  edgeReportPartition,
  isNumbered,
  type EdgeReport,
  type LogRecord,
} from '@freshet/wire'
import type { PolicyVersion } from '@freshet/registry'

/**
 * The proof in the signature of a report, by the keys that its client has in this policy version. A signature
 * counts only in the partition of the edge, where its records have an order, and together with a number and a
 * time, without which a copy would look like the report.
 */
export function reportProofOf(
  record: Pick<LogRecord, 'partition' | 'appendedAtMs' | 'headers' | 'value'>,
  report: EdgeReport,
  { clientKeys }: Pick<PolicyVersion, 'clientKeys'>,
): ReportProof {
  const { client, edge, atMs, clock } = report
  const keys = client === undefined ? [] : clientKeys(client)
  const signature = checkReportSignature(record, keys)
  if (signature.kind === 'none') return { kind: 'unsigned' }
  if (signature.kind === 'unknown-key') return { kind: 'broken', refusal: 'unknown-key' }
  if (signature.kind === 'invalid' || client === undefined || !isNumbered(report))
    return { kind: 'broken', refusal: 'wrong-signature' }
  if (record.partition !== edgeReportPartition(edge))
    return { kind: 'broken', refusal: 'wrong-partition' }
  const times = { atMs, reportedAtMs: record.appendedAtMs, ...(clock && { clock }) }
  if (isLateReport(times)) return { kind: 'broken', refusal: 'late' }
  return { kind: 'signed', signer: { client, kid: signature.kid } }
}
