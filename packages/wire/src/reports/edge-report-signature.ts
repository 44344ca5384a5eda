import { DETACHED } from '../authentication/authentic-jws.ts'
import { readCompactJws } from '../keys/compact-jws.ts'
import { isSignedBy, signedOver, signJws } from '../keys/jws.ts'
import type { SigningKey, VerifyKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, headerText } from '../log/record-bytes.ts'
import { keyIn } from '../keys/remote/named-key.ts'
import { JWS_HEADER } from '../authentication/stamp.ts'

/** `typ` of the signature of a report. No other signature of a client has it, and no other reader accepts it. */
export const EDGE_REPORT_TYP = 'freshet-edge-report+jws'

/** The result of checking the header of a report with the keys of the client that the report names. */
export type ReportSignature =
  | { readonly kind: 'none' }
  | { readonly kind: 'valid'; readonly kid: string }
  /** The client has no key of that `kid` and algorithm. */
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'invalid' }

/**
 * Signs the record of a report: a detached JWS (RFC 7515 appendix F) over the bytes of its value, in the header
 * `ce_freshetjws`. The value names edge, start, number and client, so the signature binds them.
 */
export function signEdgeReport(record: OutgoingRecord, key: SigningKey): OutgoingRecord {
  const payload = record.value ?? new Uint8Array()
  const jws = signJws(payload, key, { typ: EDGE_REPORT_TYP, detached: true })
  return { ...record, headers: { ...record.headers, [JWS_HEADER]: bytesOf(jws) } }
}

/** Checks the signature of a report with the keys of its client. It never throws for data. */
export function checkReportSignature(
  { headers, value }: Pick<OutgoingRecord, 'headers' | 'value'>,
  keys: readonly VerifyKey[],
): ReportSignature {
  if (!Object.hasOwn(headers, JWS_HEADER)) return { kind: 'none' }
  const text = headerText(headers, JWS_HEADER) ?? ''
  const read = readCompactJws(text, { ...DETACHED, types: [EDGE_REPORT_TYP] })
  if (typeof read === 'string') return { kind: 'invalid' }
  const key = keyIn(keys, read.header)
  if (key === undefined) return { kind: 'unknown-key' }
  const { signed, signature } = signedOver(read, value ?? new Uint8Array())
  return isSignedBy(key, signed, signature) ? { kind: 'valid', kid: key.kid } : { kind: 'invalid' }
}
