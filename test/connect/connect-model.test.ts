import { expect, it } from 'vitest'
import { exploreConnection, type Weaken } from './explore-connection.ts'

const SEEDS = 12
const CONTROL_SEEDS = 200

it(`no value that was absent upstream before through is in force, over ${SEEDS} seeds`, async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violation, heartbeats } = await exploreConnection(seed)
    expect(violation, `seed ${seed}`).toBeUndefined()
    expect(heartbeats, `seed ${seed} vouches for something`).toBeGreaterThan(10)
  }
})

it('one calm process keeps through younger than twice settle and interval', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1)
    expect(
      (await exploreConnection(seed, { processes: 'calm' })).oldestMs,
      `seed ${seed}`,
    ).toBeLessThan(10_000)
})

it('a restart keeps through younger than a lease of 15 s', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1)
    expect(
      (await exploreConnection(seed, { processes: 'restarts' })).oldestMs,
      `seed ${seed}`,
    ).toBeLessThan(15_000)
})

it('a commit without an event is in force no longer than the period of comparisons', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { unannounced } = await exploreConnection(seed, { isUnannounced: true })
    expect(unannounced, `seed ${seed}`).toBeUndefined()
  }
})

it('charges the owner with commits without an event, and with no announced one', async () => {
  let charged = 0
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const announced = await exploreConnection(seed, { processes: 'calm' })
    expect(announced.charged, `seed ${seed}`).toBe(0)
    charged += (await exploreConnection(seed, { processes: 'calm', isUnannounced: true })).charged
  }
  expect(charged).toBeGreaterThan(0)
})

const CONTROLS: readonly (readonly [string, Weaken])[] = [
  ['with one read of a touched subject instead of two', { reads: 'once' }],
  ['with a cursor that is stored before the answers', { cursor: 'latest' }],
  ['with a heartbeat by the time of the last event', { through: 'last event' }],
  ['with a settle time that is too short', { settle: 'short' }],
  ['with a clock that is ahead and that nothing checks', { clock: 'unchecked' }],
]

it.each(CONTROLS)('control: %s, a value that is absent upstream stays in force', (_, weaken) =>
  expectViolation(weaken),
)

it('control of rule 52: without the fence, an older process undoes a removal', () =>
  expectViolation({ fence: 'none' }))

async function expectViolation(weaken: Weaken): Promise<void> {
  for (let seed = 1; seed <= CONTROL_SEEDS; seed += 1)
    if ((await exploreConnection(seed, weaken)).violation !== undefined) return
  expect.fail(`no violation in ${CONTROL_SEEDS} seeds`)
}
