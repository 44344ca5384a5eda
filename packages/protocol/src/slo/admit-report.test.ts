import { describe, expect, it } from 'vitest'
import { admitReport, isLateReport, type ReportProof } from './admit-report.ts'

const signer = { client: 'payments-edge', kid: 'k1' }
const unsigned: ReportProof = { kind: 'unsigned' }
const signed: ReportProof = { kind: 'signed', signer }
const broken: ReportProof = { kind: 'broken', refusal: 'wrong-signature' }
const free = { holder: undefined, isRepeat: false }
const held = { holder: 'payments-edge', isRepeat: false }

describe('a report under a free name', () => {
  it('counts as unsigned, also where its signature proves nothing', () => {
    for (const proof of [unsigned, broken])
      expect(admitReport(proof, free)).toEqual({ signer: null })
  })

  it('counts as that of the client that signed it', () => {
    expect(admitReport(signed, free)).toEqual({ signer })
  })
})

describe('a report under a name that a client holds', () => {
  it('counts where this client signed it, by whichever of its keys', () => {
    const next = { client: 'payments-edge', kid: 'k2' }
    expect(admitReport({ kind: 'signed', signer: next }, held)).toEqual({ signer: next })
  })

  it.each<[ReportProof, string]>([
    [unsigned, 'unsigned'],
    [broken, 'wrong-signature'],
    [{ kind: 'signed', signer: { client: 'ledger-edge', kid: 'k1' } }, 'other-client'],
  ])('is ignored otherwise: %o', (proof, refusal) => {
    expect(admitReport(proof, held)).toEqual({ refusal })
  })
})

it('a report whose number came before is ignored, with any signature', () => {
  for (const before of [free, held])
    expect(admitReport(signed, { ...before, isRepeat: true })).toEqual({ refusal: 'replayed' })
  expect(admitReport(unsigned, { ...free, isRepeat: true })).toEqual({ refusal: 'replayed' })
})

describe('a report is late', () => {
  const at = { atMs: 1_000_000, reportedAtMs: 1_300_000 }

  it('where it was appended more than five minutes after it was made, or before', () => {
    expect(isLateReport(at)).toBe(false)
    expect(isLateReport({ ...at, reportedAtMs: 1_300_001 })).toBe(true)
    expect(isLateReport({ ...at, reportedAtMs: 699_999 })).toBe(true)
  })

  it('by the clock of the broker, as far as the edge knows it', () => {
    const wrong = { ...at, atMs: 0 }
    expect(isLateReport(wrong)).toBe(true)
    expect(isLateReport({ ...wrong, clock: { offsetMs: 1_299_000 } })).toBe(false)
  })
})
