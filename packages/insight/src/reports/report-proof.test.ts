import {
  edgeReportPartition,
  encodeEdgeReport,
  generateKey,
  importJwks,
  importSigningKey,
  publicJwks,
  signEdgeReport,
  type EdgeReport,
  type LogRecord,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reportProofOf } from './report-proof.ts'

const NOW = 1_764_000_000_000
const report: EdgeReport = {
  edge: 'edge-1',
  audience: 'payments',
  version: '0.1.0',
  atMs: NOW,
  state: 'live',
  partitions: [{ partition: 3, applied: 9n, viewAgeMs: 40, applies: [] }],
  decisions: { allow: 1, deny: 0, challenge: 0 },
  start: 'a',
  n: 7,
  client: 'payments-edge',
}

let own: SigningKey
let stranger: SigningKey
let registry: Map<string, readonly VerifyKey[]>
const publicHalf = (key: SigningKey): readonly VerifyKey[] => importJwks(publicJwks([key]))

beforeAll(async () => {
  const make = async (kid: string) => importSigningKey((await generateKey('ES256', kid)).privateJwk)
  ;[own, stranger] = [await make('k1'), await make('k1')]
})
beforeEach(() => {
  registry = new Map([
    ['payments-edge', publicHalf(own)],
    ['ledger-edge', publicHalf(stranger)],
  ])
})

interface Placed {
  readonly key?: SigningKey
  readonly partition?: number
  readonly appendedAtMs?: number
}

function placed(each: EdgeReport, { key, ...place }: Placed = {}): LogRecord {
  const record = encodeEdgeReport(each)
  return {
    topic: 'freshet.edge-reports.v1',
    partition: edgeReportPartition(each.edge),
    offset: 0n,
    appendedAtMs: NOW + 20,
    ...place,
    ...(key === undefined ? record : signEdgeReport(record, key)),
  }
}

const proof = (each: EdgeReport, place: Placed = {}) =>
  reportProofOf(placed(each, place), each, { clientKeys: (client) => registry.get(client) ?? [] })
const broken = (refusal: string) => ({ kind: 'broken', refusal })

describe('the signature of a report', () => {
  it('proves its client, by a key that the client has in the active version', () => {
    const signer = { client: 'payments-edge', kid: 'k1' }
    expect(proof(report, { key: own })).toEqual({ kind: 'signed', signer })
  })

  it('is none where the record has none, whatever client the report names', () => {
    expect(proof(report)).toEqual({ kind: 'unsigned' })
  })

  it('is of an unknown key once the key, or the client, is removed', () => {
    registry.set('payments-edge', [])
    expect(proof(report, { key: own })).toEqual(broken('unknown-key'))
    registry.delete('payments-edge')
    expect(proof(report, { key: own })).toEqual(broken('unknown-key'))
    const { client: _client, ...anonymous } = report
    expect(proof(anonymous, { key: own })).toEqual(broken('unknown-key'))
  })

  it('is wrong by the key of another client, of the same name', () => {
    expect(proof(report, { key: stranger })).toEqual(broken('wrong-signature'))
    const other = { ...report, client: 'ledger-edge' }
    expect(proof(other, { key: own })).toEqual(broken('wrong-signature'))
    expect(proof(other, { key: stranger })).toMatchObject({ signer: { client: 'ledger-edge' } })
  })

  it('is wrong over other bytes', () => {
    const record = placed(report, { key: own })
    const { value } = encodeEdgeReport({ ...report, state: 'closing' })
    const clientKeys = () => publicHalf(own)
    expect(reportProofOf({ ...record, value }, report, { clientKeys })).toEqual(
      broken('wrong-signature'),
    )
  })

  it('proves nothing without a number, because a copy could not be told from the report', () => {
    const { n: _n, ...unnumbered } = report
    expect(proof(unnumbered, { key: own })).toEqual(broken('wrong-signature'))
  })

  it('proves nothing in another partition, where the record has no order among those of its edge', () => {
    const partition = edgeReportPartition('edge-1') + 1
    expect(proof(report, { key: own, partition })).toEqual(broken('wrong-partition'))
  })

  it('proves nothing in a record that was appended long after the report was made', () => {
    expect(proof(report, { key: own, appendedAtMs: NOW + 300_001 })).toEqual(broken('late'))
    const clock = { offsetMs: 300_000, errorMs: 1 }
    const skewed = { ...report, clock }
    expect(proof(skewed, { key: own, appendedAtMs: NOW + 300_001 })).toMatchObject({
      kind: 'signed',
    })
  })
})
