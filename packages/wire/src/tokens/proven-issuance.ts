import { FreshetError, partitionOf } from '@freshet/protocol'
import { decodeIssuance, type Issuance } from './issuance-record.ts'
import type { VerifyKey } from '../keys/keys.ts'
import type { LogRecord } from '../log/log.ts'
import { brokenProof, readStamp } from '../authentication/stamp.ts'

/** An issuance with a valid signature, or the rule that its record breaks. */
export type ProvenIssuance =
  | { readonly kind: 'issuance'; readonly issuance: Issuance }
  | { readonly kind: 'refused'; readonly rule: string }

/**
 * Reads a record of `freshet.issuances.v1`. A key of its issuer's source must have signed it for its place,
 * as for records of the change topic. It must be in the partition of its subject. It never throws for data; a
 * rule never repeats content.
 */
export function readIssuance(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keysOf: (issuance: Issuance) => readonly VerifyKey[],
): ProvenIssuance {
  const issuance = decodeIssuance(record)
  if (issuance === undefined) return refused('the record is no issuance')
  if (partitionOf(issuance.subject) !== record.partition)
    return refused('the record stands in another partition than its subject')
  if (readStamp(record.headers)?.partition !== record.partition)
    return refused('the record is not signed for this partition')
  const rule = brokenSignature(record, keysOf(issuance))
  return rule === undefined ? { kind: 'issuance', issuance } : refused(rule)
}

/** Issuances do not pass a gateway, so no MAC of ours proves a record. */
function brokenSignature(
  record: Parameters<typeof brokenProof>[0],
  keys: readonly VerifyKey[],
): string | undefined {
  try {
    return brokenProof(record, [], keys)
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'event.unauthentic') return error.message
    throw error
  }
}

function refused(rule: string): ProvenIssuance {
  return { kind: 'refused', rule }
}
