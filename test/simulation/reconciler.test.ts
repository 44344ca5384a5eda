import type { Checkpoint } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { elementAt } from './element.ts'
import { HONEST, PRODUCTION, SHELL_POLICY, type Rules } from './mix.ts'
import { hasLostHistory } from './reconciler.ts'
import type { Entry } from './record.ts'
import { worldOf } from './world.ts'

function checkpoint(hash: string, e: bigint, offset = 0n): Entry {
  const heartbeat = {
    through: new Map(),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset, lastRecordHash: offset === 0n ? null : 'lost' },
    base: { hash: 'base', offset: 0n },
  }
  const signed: Checkpoint = {
    e,
    partition: 1,
    generation: 1n,
    previous: 'base',
    count: 0,
    recordsHash: '',
    heartbeat,
  }
  return { kind: 'checkpoint', hash, checkpoint: signed }
}

/**
 * A restored database of incarnation 1: a checkpoint of incarnation 2 landed late, and our own follows it.
 */
function seesLateLanding(rules: Rules): boolean {
  const world = worldOf(1, rules, HONEST)
  const log = elementAt(world.revocations, 1)
  log.append([checkpoint('head', 1n), checkpoint('late', 2n), checkpoint('ours', 1n)], 0)
  elementAt(world.db, 1).head = { hash: 'head', offset: 0n, storedAtMs: 0 }
  return hasLostHistory(world, 1)
}

/** The database went back to the start, and the topic with it; then its publisher sent its outbox. */
function seesLostPosition(rules: Rules): boolean {
  const world = worldOf(1, rules, HONEST)
  const log = elementAt(world.revocations, 1)
  log.append([checkpoint('head', 1n), checkpoint('before', 1n, 3n), checkpoint('ours', 1n)], 0)
  elementAt(world.db, 1).head = { hash: 'head', offset: 0n, storedAtMs: 0 }
  return hasLostHistory(world, 1)
}

describe('rule 28: the check of the incarnation', () => {
  it('heeds a later incarnation that landed before one’s own checkpoint', () => {
    expect(seesLateLanding(PRODUCTION)).toBe(true)
  })

  it('heeds a later position that was named before one’s own checkpoint', () => {
    expect(seesLostPosition(PRODUCTION)).toBe(true)
  })

  it('control: by the last checkpoint alone neither is ever seen', () => {
    const rules = { ...PRODUCTION, shell: { ...SHELL_POLICY, scan: 'last-heartbeat' as const } }
    expect([seesLateLanding(rules), seesLostPosition(rules)]).toEqual([false, false])
  })
})
