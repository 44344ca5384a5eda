import { expect, it } from 'vitest'
import type { Heartbeat } from '../checkpoint/checkpoint.ts'
import type { Opening } from '../changes/break-glass-grant.ts'
import { PartitionFollower } from './partition-follower.ts'

const opening: Opening = {
  id: 'o1',
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  fromMs: 0,
  untilMs: 9_000,
}

interface Told {
  readonly previous?: string
  /** The `through` of HR; absent: none. */
  readonly heardMs?: number
}

/** A follower of heartbeats, each linked to the one before, without any source. */
function told() {
  const bounds = { earliest: 0n, end: 0n }
  const follower = new PartitionFollower<string>({
    partition: 0,
    bounds,
    leaseMs: 5_000,
    nowMonoMs: 0,
    digest: () => '',
  })
  let offset = 0n
  const tell = (next: bigint, openings: readonly Opening[], e = 1n, more: Told = {}) => {
    const { previous, heardMs } = more
    const hr = { atMs: heardMs ?? null, state: 'complete' } as const
    const heartbeat: Heartbeat = {
      through: new Map(heardMs === undefined ? [] : [['acme', new Map([['hr', hr]])]]),
      minimumPv: 0,
      mapVersion: 1,
      mapHash: 'map',
      next: { offset: next, lastRecordHash: null },
      base: { hash: 'h0', offset: 0n },
      ...(openings.length === 0 ? {} : { openings }),
    }
    const at = offset++
    const linked = previous ?? (at === 0n ? null : `h${at - 1n}`)
    return follower.handle({
      kind: 'checkpoint',
      offset: at,
      hash: `h${at}`,
      signature: 'valid',
      appendedAtMs: 10_000,
      nowMonoMs: 0,
      checkpoint: {
        e,
        partition: 0,
        generation: 1n,
        previous: linked,
        count: 0,
        recordsHash: '',
        heartbeat,
      },
    })
  }
  return { follower, tell }
}

it('a heartbeat that opens or closes is news by itself, though no source is heard', () => {
  const { follower, tell } = told()
  tell(5n, [])
  expect(tell(6n, [opening])).toMatchObject({ path: 'extended' })
  expect(follower.openings).toEqual([opening])
  expect(tell(7n, [])).toMatchObject({ path: 'extended' })
  expect(follower.openings).toEqual([])
})

it('an older heartbeat opens nothing again that was closed since', () => {
  const { follower, tell } = told()
  tell(5n, [])
  tell(6n, [opening])
  tell(7n, [])
  expect(tell(6n, [opening])).toMatchObject({ path: 'none-needed' })
  expect(follower.openings).toEqual([])
})

it('nor does an older one that has other news', () => {
  const { follower, tell } = told()
  tell(5n, [])
  tell(7n, [], 1n, { heardMs: 1 })
  expect(tell(6n, [opening], 1n, { heardMs: 2 })).toMatchObject({ path: 'extended' })
  expect(follower.openings).toEqual([])
  tell(7n, [opening], 1n, { heardMs: 3 })
  expect(follower.openings).toEqual([opening])
})

it('a heartbeat without a path opens nothing', () => {
  const { follower, tell } = told()
  tell(5n, [])
  expect(tell(6n, [opening], 1n, { previous: 'elsewhere' })).toMatchObject({ path: 'missing' })
  expect(follower.openings).toEqual([])
})

it('a later incarnation, and a revoked key, close everything', () => {
  const { follower, tell } = told()
  tell(5n, [])
  tell(6n, [opening])
  tell(0n, [], 2n)
  expect(follower.openings).toEqual([])
  tell(1n, [opening], 2n)
  expect(follower.openings).toEqual([opening])
  follower.handle({ kind: 'key-revoked' })
  expect(follower.openings).toEqual([])
})
