import { ManualClock } from '@freshet/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { CALM_AFTER_MS } from './places.ts'
import { Admission } from './admission.ts'
import { EndpointLimiter, type Leave } from './endpoint-limiter.ts'

let clock: ManualClock
let admission: Admission
beforeEach(() => {
  clock = new ManualClock()
  admission = new Admission({ clock, random: () => 0.5 })
})
const endpointLimiterOf = (places: number): EndpointLimiter =>
  new EndpointLimiter({ admission, clock, limits: { calm: places, crowded: places } })

describe('Entrance', () => {
  it('lets in as many as there are places, and another for each that leaves', () => {
    const entrance = endpointLimiterOf(2)
    const first = entrance.enter('a')
    expect(entrance.enter('b')).toBeDefined()
    expect(entrance.enter('c')).toBeUndefined()
    first?.()
    expect(entrance.enter('c')).toBeDefined()
    expect(entrance.enter('d')).toBeUndefined()
  })

  it('gives a place back once, however often it is left', () => {
    const entrance = endpointLimiterOf(2)
    const first = entrance.enter('a')
    entrance.enter('b')
    first?.()
    first?.()
    expect(entrance.counts()).toMatchObject({ inside: 1 })
  })

  it('keeps a place for others while one key storms', () => {
    const entrance = endpointLimiterOf(20)
    const storm = Array.from({ length: 100 }, () => entrance.enter('storm'))
    expect(storm.filter((leave) => leave !== undefined)).toHaveLength(18)
    expect(entrance.enter('other')).toBeDefined()
  })

  it('counts those that came in another way', async () => {
    const entrance = endpointLimiterOf(2)
    const both = ['a', 'b'].map((client) => admission.run(client, () => clock.sleep(1)))
    expect(entrance.enter('c')).toBeUndefined()
    await clock.advance(1)
    await Promise.all(both)
    expect(entrance.enter('c')).toBeDefined()
  })

  it('has fewer places while some are refused: nobody waits inside in a crowd', async () => {
    const entrance = new EndpointLimiter({ admission, clock })
    expect(entrance.counts().places).toBe(40)
    entrance.refuse()
    expect(entrance.counts().places).toBe(24)
    await clock.advance(CALM_AFTER_MS - 1)
    expect(entrance.counts().places).toBe(24)
    await clock.advance(1)
    expect(entrance.counts().places).toBe(40)
  })

  it('tells who finds no place whole seconds, later the more were told before', () => {
    const entrance = endpointLimiterOf(1)
    const waits: number[] = []
    for (let n = 0; n < 5_000; n += 1) waits.push(entrance.refuse())
    expect(waits[0]).toBe(1)
    for (const seconds of waits) expect(Number.isInteger(seconds)).toBe(true)
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0)
    expect(entrance.counts()).toEqual({ admitted: 0, refused: 5_000, inside: 0, places: 1 })
  })

  it('never has more inside than places, and knows who, whoever comes and goes', () => {
    const visit = fc.record({ key: fc.constantFrom('a', 'b', 'c'), leaves: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 200 }), (visits) => {
        const entrance = endpointLimiterOf(5)
        const inside: Leave[] = []
        let admitted = 0
        for (const { key, leaves } of visits) {
          const leave = entrance.enter(key)
          if (leave !== undefined) {
            inside.push(leave)
            admitted += 1
          }
          inside.splice(leaves, 1)[0]?.()
          expect(inside.length).toBeLessThanOrEqual(5)
          expect(entrance.counts()).toMatchObject({ admitted, inside: inside.length })
        }
        for (const leave of inside) leave()
        expect(entrance.counts().inside).toBe(0)
        for (let n = 0; n < 5; n += 1) expect(entrance.enter(`fresh-${n}`)).toBeDefined()
      }),
    )
  })
})
