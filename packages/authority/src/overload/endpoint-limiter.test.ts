import { ManualClock } from '@freshet/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { CALM_AFTER_MS, EndpointLimiter, type Leave } from './endpoint-limiter.ts'
import { Admission } from './admission.ts'

let clock: ManualClock
let admission: Admission
beforeEach(() => {
  clock = new ManualClock()
  admission = new Admission({ clock, random: () => 0.5 })
})
const endpointLimiterOf = (places: number): EndpointLimiter =>
  new EndpointLimiter({ admission, clock, limits: { calm: places, crowded: places } })

describe('EndpointLimiter', () => {
  it('lets in as many as there are places, and another for each that leaves', () => {
    const limiter = endpointLimiterOf(2)
    const first = limiter.enter('a')
    expect(limiter.enter('b')).toBeDefined()
    expect(limiter.enter('c')).toBeUndefined()
    first?.()
    expect(limiter.enter('c')).toBeDefined()
    expect(limiter.enter('d')).toBeUndefined()
  })

  it('gives a place back once, however often it is left', () => {
    const limiter = endpointLimiterOf(2)
    const first = limiter.enter('a')
    limiter.enter('b')
    first?.()
    first?.()
    expect(limiter.counts()).toMatchObject({ inside: 1 })
  })

  it('keeps a place for others while one key storms', () => {
    const limiter = endpointLimiterOf(20)
    const storm = Array.from({ length: 100 }, () => limiter.enter('storm'))
    expect(storm.filter((leave) => leave !== undefined)).toHaveLength(18)
    expect(limiter.enter('other')).toBeDefined()
  })

  it('counts those that came in another way', async () => {
    const limiter = endpointLimiterOf(2)
    const both = ['a', 'b'].map((client) => admission.run(client, () => clock.sleep(1)))
    expect(limiter.enter('c')).toBeUndefined()
    await clock.advance(1)
    await Promise.all(both)
    expect(limiter.enter('c')).toBeDefined()
  })

  it('has fewer places while some are refused: no client waits inside in a crowd', async () => {
    const limiter = new EndpointLimiter({ admission, clock })
    expect(limiter.counts().places).toBe(40)
    limiter.refuse()
    expect(limiter.counts().places).toBe(24)
    await clock.advance(CALM_AFTER_MS - 1)
    expect(limiter.counts().places).toBe(24)
    await clock.advance(1)
    expect(limiter.counts().places).toBe(40)
  })

  it('sends a client without a place whole seconds, later the more were sent before', () => {
    const limiter = endpointLimiterOf(1)
    const waits: number[] = []
    for (let n = 0; n < 5_000; n += 1) waits.push(limiter.refuse())
    expect(waits[0]).toBe(1)
    for (const seconds of waits) expect(Number.isInteger(seconds)).toBe(true)
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0)
    expect(limiter.counts()).toEqual({ admitted: 0, refused: 5_000, inside: 0, places: 1 })
  })

  it('never has more inside than places, and knows each client, in any order of arrival and end', () => {
    const visit = fc.record({ key: fc.constantFrom('a', 'b', 'c'), leaves: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 200 }), (visits) => {
        const limiter = endpointLimiterOf(5)
        const inside: Leave[] = []
        let admitted = 0
        for (const { key, leaves } of visits) {
          const leave = limiter.enter(key)
          if (leave !== undefined) {
            inside.push(leave)
            admitted += 1
          }
          inside.splice(leaves, 1)[0]?.()
          expect(inside.length).toBeLessThanOrEqual(5)
          expect(limiter.counts()).toMatchObject({ admitted, inside: inside.length })
        }
        for (const leave of inside) leave()
        expect(limiter.counts().inside).toBe(0)
        for (let n = 0; n < 5; n += 1) expect(limiter.enter(`fresh-${n}`)).toBeDefined()
      }),
    )
  })
})
