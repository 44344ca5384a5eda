import { describe, expect, it } from 'vitest'
import { sentOutcome, type SentEvidence } from './sent-outcome.ts'

const sent = { e: 3n, offset: 7n }
const progress = { e: 3n, nextOffset: 8n }
const nothing: SentEvidence = { progress, logged: null, refusal: null }

describe('what became of a replay', () => {
  it('is open until the partition was recorded beyond its place', () => {
    const behind = { ...nothing, progress: { e: 3n, nextOffset: 7n } }
    expect(sentOutcome(sent, behind)).toEqual({ kind: 'pending' })
  })

  it('is what was logged at its place', () => {
    expect(sentOutcome(sent, { ...nothing, logged: 'late' })).toEqual({
      kind: 'taken',
      outcome: 'late',
    })
  })

  it('is a refusal where the place was parked again, whatever was logged', () => {
    const refusal = { code: 'event.forbidden', rule: 'not its claim' } as const
    expect(sentOutcome(sent, { ...nothing, logged: 'quarantined', refusal })).toEqual({
      kind: 'refused',
      ...refusal,
    })
  })

  it('is a repeat where the place left no trace', () => {
    expect(sentOutcome(sent, nothing)).toEqual({ kind: 'taken', outcome: 'repeat' })
  })

  it('is lost with the incarnation of the topic', () => {
    const later = { ...nothing, progress: { e: 4n, nextOffset: 100n } }
    expect(sentOutcome(sent, later)).toEqual({ kind: 'lost' })
  })
})
