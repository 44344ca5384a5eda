import { describe, expect, it } from 'vitest'
import { Deliveries, lastOf, wantedOf } from './deliveries.ts'

/** Returns a reader that received these: partition, last offset, time. */
function readerOf(...notes: readonly (readonly [number, number, number])[]): Deliveries {
  const deliveries = new Deliveries()
  for (const note of notes) deliveries.note(...note)
  return deliveries
}

describe('when the last of several readers had a record', () => {
  const wanted = wantedOf([
    { partition: 1, offset: 7 },
    { partition: 1, offset: 3 },
    { partition: 2, offset: 0 },
  ])

  it('is when the slowest was handed it, or something behind it, in its partition', () => {
    const quick = readerOf([1, 5, 10], [2, 0, 11], [1, 9, 12])
    const slow = readerOf([2, 4, 20], [1, 2, 21], [1, 3, 22], [1, 7, 23])
    const last = lastOf([quick.triples(), slow.triples()], wanted)
    expect(last.get(1)).toEqual(
      new Map([
        [3, 22],
        [7, 23],
      ]),
    )
    expect(last.get(2)).toEqual(new Map([[0, 20]]))
  })

  it('is the first time, although a reader reads again', () => {
    const again = readerOf([2, 0, 1], [1, 8, 10], [1, 2, 11], [1, 8, 12])
    expect(lastOf([again.triples()], wanted).get(1)?.get(7)).toBe(10)
  })

  it('is an error where one never had it', () => {
    const short = readerOf([1, 6, 10], [2, 0, 11])
    expect(() => lastOf([short.triples()], wanted)).toThrow('never got to offset 7')
  })
})

describe('the deliveries of a reader', () => {
  it('show how far it got', () => {
    const reader = readerOf([1, 5, 10])
    expect(reader.reach([[1, 6]])).toBe(true)
    expect(reader.reach([[1, 7]])).toBe(false)
    expect(reader.reach([[2, 1]])).toBe(false)
  })
})
