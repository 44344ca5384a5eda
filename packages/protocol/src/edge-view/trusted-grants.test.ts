import { expect, it } from 'vitest'
import type { Heartbeat } from '../checkpoint/checkpoint.ts'
import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'
import { PartitionFollower } from './partition-follower.ts'

const grant: BreakGlassGrant = {
  id: 'o1',
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  fromMs: 0,
  untilMs: 9_000,
}

interface HeartbeatChange {
  readonly previous?: string
  /** The `through` of HR; absent: none. */
  readonly throughMs?: number
}

/** A follower of heartbeats, each linked to the one before, without any source. */
function linkedFollower() {
  const bounds = { earliest: 0n, end: 0n }
  const follower = new PartitionFollower<string>({
    partition: 0,
    bounds,
    leaseMs: 5_000,
    nowMonoMs: 0,
    digest: () => '',
  })
  let offset = 0n
  const sendHeartbeat = (
    next: bigint,
    grants: readonly BreakGlassGrant[],
    e = 1n,
    more: HeartbeatChange = {},
  ) => {
    const { previous, throughMs } = more
    const hr = { atMs: throughMs ?? null, state: 'complete' } as const
    const heartbeat: Heartbeat = {
      through: new Map(throughMs === undefined ? [] : [['acme', new Map([['hr', hr]])]]),
      minimumPv: 0,
      mapVersion: 1,
      mapHash: 'map',
      next: { offset: next, lastRecordHash: null },
      base: { hash: 'h0', offset: 0n },
      ...(grants.length === 0 ? {} : { grants }),
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
  return { follower, sendHeartbeat }
}

it('a heartbeat that opens or closes is news by itself, without a later time of a source', () => {
  const { follower, sendHeartbeat: send } = linkedFollower()
  send(5n, [])
  expect(send(6n, [grant])).toMatchObject({ path: 'extended' })
  expect(follower.grants).toEqual([grant])
  expect(send(7n, [])).toMatchObject({ path: 'extended' })
  expect(follower.grants).toEqual([])
})

it('an older heartbeat opens nothing again that was closed since', () => {
  const { follower, sendHeartbeat: send } = linkedFollower()
  send(5n, [])
  send(6n, [grant])
  send(7n, [])
  expect(send(6n, [grant])).toMatchObject({ path: 'none-needed' })
  expect(follower.grants).toEqual([])
})

it('nor does an older one that has other news', () => {
  const { follower, sendHeartbeat: send } = linkedFollower()
  send(5n, [])
  send(7n, [], 1n, { throughMs: 1 })
  expect(send(6n, [grant], 1n, { throughMs: 2 })).toMatchObject({ path: 'extended' })
  expect(follower.grants).toEqual([])
  send(7n, [grant], 1n, { throughMs: 3 })
  expect(follower.grants).toEqual([grant])
})

it('a heartbeat without a path opens nothing', () => {
  const { follower, sendHeartbeat: send } = linkedFollower()
  send(5n, [])
  expect(send(6n, [grant], 1n, { previous: 'elsewhere' })).toMatchObject({ path: 'missing' })
  expect(follower.grants).toEqual([])
})

it('a later incarnation, and a revoked key, close everything', () => {
  const { follower, sendHeartbeat: send } = linkedFollower()
  send(5n, [])
  send(6n, [grant])
  send(0n, [], 2n)
  expect(follower.grants).toEqual([])
  send(1n, [grant], 2n)
  expect(follower.grants).toEqual([grant])
  follower.handle({ kind: 'key-revoked' })
  expect(follower.grants).toEqual([])
})
