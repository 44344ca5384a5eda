import { expect, it } from 'vitest'
import type { Heartbeat } from '../checkpoint/checkpoint.ts'
import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'
import { TrustedHeartbeat } from './trusted-heartbeat.ts'

const GRANT = { tenant: 'acme', id: 'o-1' } as BreakGlassGrant

function heartbeat(change: Partial<Heartbeat> = {}): Heartbeat {
  return {
    through: new Map(),
    minimumPv: 3,
    mapVersion: 2,
    mapHash: 'two',
    next: { offset: 7n, lastRecordHash: null },
    base: { hash: 'base', offset: 0n },
    ...change,
  }
}

function at(offset: bigint): Heartbeat['next'] {
  return { offset, lastRecordHash: null }
}

/** The content of a partition after these heartbeats. */
function after(...heartbeats: readonly Heartbeat[]): TrustedHeartbeat {
  const trusted = new TrustedHeartbeat()
  for (const each of heartbeats) trusted.merge(each)
  return trusted
}

it('takes what is later, member by member (rule 9)', () => {
  const trusted = after(
    heartbeat({ foreignSinceMs: 50 }),
    heartbeat({ minimumPv: 1, mapVersion: 1, mapHash: 'one', foreignSinceMs: 90, next: at(6n) }),
    heartbeat({ minimumPv: 4, foreignSinceMs: 40 }),
  )
  expect(trusted).toMatchObject({
    minimumPv: 4,
    mapVersion: 2,
    mapHash: 'two',
    foreignSinceMs: 50,
    nextOffset: 7n,
  })
})

it.each([
  ['a later minimum', { minimumPv: 4 }, true],
  ['a later map', { mapVersion: 3 }, true],
  ['another opening at a later position', { next: at(8n), grants: [GRANT] }, true],
  ['another opening at the same position', { grants: [GRANT] }, false],
  ['a later position alone', { next: at(8n) }, false],
  ['the same again', {}, false],
])('%s is news: %o, %s', (_, change, isNews) => {
  expect(after(heartbeat()).isSurpassedBy(heartbeat(change))).toBe(isNews)
})

it('an older heartbeat opens nothing again that was closed since', () => {
  const open = heartbeat({ grants: [GRANT] })
  const trusted = after(open, heartbeat({ next: at(8n) }), open)
  expect(trusted.grants).toEqual([])
  expect(trusted.isSurpassedBy(open)).toBe(false)
})

it('a later incarnation starts positions and openings anew, and keeps minimum and map', () => {
  const trusted = after(heartbeat({ grants: [GRANT] }))
  trusted.enterIncarnation()
  expect(trusted).toMatchObject({ nextOffset: 0n, grants: [], minimumPv: 3, mapVersion: 2 })
})
