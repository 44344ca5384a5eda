import { beforeAll, describe, expect, it } from 'vitest'
import { checkReportSignature, EDGE_REPORT_TYP, signEdgeReport } from './edge-report-signature.ts'
import { decodeEdgeReport } from './decode-edge-report.ts'
import { edgeReportPartition } from './edge-report-partition.ts'
import { encodeEdgeReport, type EdgeReport } from './edge-report.ts'
import { readCompactJws } from '../keys/compact-jws.ts'
import { signJws } from '../keys/jws.ts'
import { importJwks } from '../keys/jwks.ts'
import {
  generateKey,
  importSigningKey,
  publicJwks,
  SIGNATURE_ALGORITHMS,
  type SigningKey,
  type VerifyKey,
} from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { verifySourceJws } from '../authentication/source-assertion.ts'
import { signRecord } from '../authentication/stamp.ts'

const report: EdgeReport = {
  edge: 'payments:1',
  audience: 'payments',
  version: '0.1.0',
  atMs: 1_764_000_000_000,
  state: 'live',
  partitions: [{ partition: 3, applied: 12n, viewAgeMs: 40, applies: [] }],
  decisions: { allow: 1, deny: 0, challenge: 0 },
  start: 'a',
  n: 7,
  client: 'payments-edge',
}
const record = encodeEdgeReport(report)

let key: SigningKey
let other: SigningKey
let keys: readonly VerifyKey[]
const publicHalf = (of: SigningKey): readonly VerifyKey[] => importJwks(publicJwks([of]))
const withJws = (jws: string): OutgoingRecord => ({
  ...record,
  headers: { ...record.headers, ce_freshetjws: Buffer.from(jws) },
})
const textOf = (of: OutgoingRecord): string =>
  Buffer.from(of.headers['ce_freshetjws'] ?? '').toString()

beforeAll(async () => {
  const make = async (kid: string) => importSigningKey((await generateKey('ES256', kid)).privateJwk)
  ;[key, other] = [await make('k1'), await make('k1')]
  keys = publicHalf(key)
})

describe('the signature of a report', () => {
  it.each(SIGNATURE_ALGORITHMS)(
    'is valid over the bytes that were signed, with %s',
    async (alg) => {
      const own = importSigningKey((await generateKey(alg, 'k2')).privateJwk)
      const signed = signEdgeReport(record, own)
      expect(checkReportSignature(signed, publicHalf(own))).toEqual({ kind: 'valid', kid: 'k2' })
      expect(decodeEdgeReport(signed)).toEqual(report)
    },
  )

  it('is none where the header is absent', () => {
    expect(checkReportSignature(record, keys)).toEqual({ kind: 'none' })
  })

  it('is of an unknown key where the client has no key of that name', () => {
    expect(checkReportSignature(signEdgeReport(record, key), [])).toEqual({ kind: 'unknown-key' })
  })

  it('does not hold for another value, nor by another key of the same name', () => {
    const signed = signEdgeReport(record, key)
    const { value } = encodeEdgeReport({ ...report, n: 8 })
    expect(checkReportSignature({ ...signed, value }, keys)).toEqual({ kind: 'invalid' })
    expect(checkReportSignature({ ...signed, value: null }, keys)).toEqual({ kind: 'invalid' })
    expect(checkReportSignature(signEdgeReport(record, other), keys)).toEqual({ kind: 'invalid' })
  })

  it.each([
    ['an assertion', 'client-authentication+jwt', true],
    ['a record', 'freshet-record+jws', true],
    ['a report that holds its payload', 'freshet-edge-report+jws', false],
  ])('is not that of %s', (_, typ, detached) => {
    const jws = signJws(record.value ?? new Uint8Array(), key, { typ, detached })
    expect(checkReportSignature(withJws(jws), keys)).toEqual({ kind: 'invalid' })
  })

  it('is not that of a change record', async () => {
    const signed = await signRecord(record, { partition: 1, number: 1n }, key)
    expect(checkReportSignature(signed, keys)).toEqual({ kind: 'invalid' })
  })

  it.each(['', 'a.b', 'e30..AA', '{}..', 'x'.repeat(300_000)])(
    'is invalid where the header is no JWS (%#)',
    (text) => {
      expect(checkReportSignature(withJws(text), keys)).toEqual({ kind: 'invalid' })
    },
  )

  it('is accepted by no reader of other signatures', async () => {
    const [header = '', , signature = ''] = textOf(signEdgeReport(record, key)).split('.')
    const payload = Buffer.from(record.value ?? '').toString('base64url')
    const whole = `${header}.${payload}.${signature}`
    // Control: the signature is a well-formed JWS.
    const accepted = { types: [EDGE_REPORT_TYP], algs: [key.alg], lengthMax: 8_192 }
    expect(readCompactJws(whole, accepted)).toMatchObject({ header: { kid: key.kid } })
    const authenticity = { signers: () => keys.map((each) => ({ source: 'hr', key: each })) }
    await expect(verifySourceJws(whole, authenticity)).rejects.toMatchObject({
      code: 'event.unauthentic',
    })
  })
})

it('reports of an edge stand in the partition that other Kafka clients choose for its name', () => {
  expect(['a', 'sidecar', 'sidecar:2', 'payments:1'].map(edgeReportPartition)).toEqual([1, 0, 2, 0])
})
