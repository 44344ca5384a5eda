import { FreshetError } from '@freshet/domain'
import { readJws, signJws, verifyJws } from './jws.ts'
import type { SigningKey, VerifyKey } from './keys.ts'
import type { OutgoingRecord } from './log.ts'
import { bytesOf, headerText } from './record-bytes.ts'
import { JWS_HEADER } from './stamp.ts'

/** `typ` of the signature of a report. No other signature of a client has it, and no other reader accepts it. */
export const EDGE_REPORT_TYP = 'freshet-edge-report+jws'

/** What the header of a report proves, given the keys of the client that the report names. */
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
  try {
    const jws = readJws(headerText(headers, JWS_HEADER) ?? '')
    const { typ, kid, alg } = jws.header
    if (typ !== EDGE_REPORT_TYP || jws.payload.length > 0) return { kind: 'invalid' }
    if (!keys.some((key) => key.kid === kid && key.alg === alg)) return { kind: 'unknown-key' }
    verifyJws(jws, value ?? new Uint8Array(), keys)
    return { kind: 'valid', kid }
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'event.unauthentic')
      return { kind: 'invalid' }
    throw error
  }
}
