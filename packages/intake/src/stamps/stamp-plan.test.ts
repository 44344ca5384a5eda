import { describe, expect, it } from 'vitest'
import { planStamps, type Applicant } from './stamp-plan.ts'
import type { StampedRow } from './stamp-store.ts'

const applicant = (id: string, sequence?: bigint): Applicant => ({
  id,
  contentHash: `content of ${id}`,
  partitions: [3],
  ...(sequence === undefined ? {} : { sequence }),
})
const row = (id: string, sequence: bigint | null, partition = 3): StampedRow => ({
  id,
  partition,
  number: 1n,
  sequence,
  contentHash: `content of ${id}`,
  acknowledged: true,
  offset: 0n,
})
const kinds = (
  applicants: readonly Applicant[],
  known: readonly StampedRow[],
  free: readonly bigint[],
) =>
  planStamps(applicants, known, free).map((each) =>
    each.kind === 'refuse' ? each.error.code : each.partitions.length,
  )

describe('planStamps', () => {
  it('goes on from one free sequence to the next, over those that are taken (rule 35)', () => {
    const batch = [applicant('a', 2n), applicant('b', 5n), applicant('c', 6n)]
    expect(kinds(batch, [], [2n, 5n, 6n])).toEqual([1, 1, 1])
  })

  it('refuses what does not come in turn, and lets the right one still come', () => {
    const batch = [applicant('b', 3n), applicant('a', 2n), applicant('b', 3n)]
    expect(kinds(batch, [], [2n, 3n, 4n])).toEqual(['event.sequence', 1, 1])
  })

  it('gives a known event no further place, and a fan-out those that are missing', () => {
    expect(kinds([applicant('a', 1n)], [row('a', 1n)], [2n])).toEqual([0])
    const wide = { ...applicant('a', 1n), partitions: [0, 1, 2, 3] }
    expect(kinds([wide], [row('a', 1n)], [2n])).toEqual([3])
  })

  it('refuses other content of an id or of a sequence, stored or within the batch', () => {
    const other = { ...applicant('a', 1n), contentHash: 'other' }
    expect(kinds([other], [row('a', 1n)], [2n])).toEqual(['event.conflict'])
    expect(kinds([applicant('b', 1n)], [row('a', 1n)], [2n])).toEqual(['event.conflict'])
    expect(kinds([applicant('a', 1n), other], [], [1n, 2n])).toEqual([1, 'event.conflict'])
  })

  it('asks a monotonic source for no sequence', () => {
    expect(kinds([applicant('a'), applicant('b'), applicant('a')], [], [])).toEqual([1, 1, 0])
  })
})
