import type { Health } from '@freshet/insight'
import { ManualClock } from '@freshet/testkit'
import type { LogReader } from '@freshet/wire'
import { expect, it } from 'vitest'
import { briefReader, routesReader } from './brief-reader.ts'

const hanging = { bounds: () => new Promise<never>(() => {}), read: async () => [] }

/** Returns the time after which the ends of a topic are given up, and why. */
async function gaveUp(readerOf: (clock: ManualClock) => Pick<LogReader, 'bounds'>) {
  const clock = new ManualClock()
  let outcome: unknown
  const refused = (error: unknown): void => {
    outcome = [clock.monotonicMs(), Object(error)['code']]
  }
  void readerOf(clock).bounds('topic').catch(refused)
  await clock.advance(60_000)
  return outcome
}
const underVerdict =
  (...findings: readonly string[]) =>
  (clock: ManualClock): Pick<LogReader, 'bounds'> => {
    const causes = findings.map((finding) => ({ finding }))
    return routesReader(hanging, { at: () => ({ causes }) as unknown as Health }, clock)
  }

it('the verdict waits for a broker that hangs for a second, and an answer to a person longer', async () => {
  const brief = await gaveUp((clock) => briefReader(hanging, clock))
  expect(brief).toEqual([1_000, 'broker.unavailable'])
  expect(await gaveUp(underVerdict('serviceDown'))).toEqual([3_000, 'broker.unavailable'])
})

it('no answer waits that long for a broker of which the verdict is that it hangs', async () => {
  const found = await gaveUp(underVerdict('serviceDown', 'lagUnknown'))
  expect(found).toEqual([500, 'broker.unavailable'])
})
