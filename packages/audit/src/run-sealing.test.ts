import { FreshetError } from '@freshet/protocol'
import { generateKey, importSigningKey, type SigningKey } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AUDIT_KEPT_MS } from './retention.ts'
import {
  AUDIT_PRUNE_EVERY_MS,
  AUDIT_PRUNE_MAX,
  runSealing,
  SEAL_IDLE_MS,
  SEAL_TROUBLE_MS,
} from './run-sealing.ts'
import type { SealStore } from './seal-store.ts'

let key: SigningKey
beforeAll(async () => {
  key = importSigningKey((await generateKey('EdDSA', 'audit-1')).privateJwk)
})

let clock: ManualClock
let stop: AbortController
let turns: (() => Promise<undefined>)[]
let calls: string[]
let prunes: number[]
let waits: boolean
let errors: unknown[]
let running: Promise<void>

beforeEach(() => {
  clock = new ManualClock()
  stop = new AbortController()
  turns = []
  calls = []
  prunes = []
  waits = true
  errors = []
})

async function start(): Promise<void> {
  const store: SealStore = {
    waits: async () => waits,
    inStream: async () => {
      calls.push(`seal ${clock.monotonicMs()}`)
      return turns.shift()?.()
    },
    prune: async (_, beforeMs) => {
      calls.push(`prune ${clock.nowMs() - beforeMs === AUDIT_KEPT_MS.control}`)
      return prunes.shift() ?? 0
    },
  }
  const onTrouble = (error: unknown): void => void errors.push(error)
  running = runSealing({ store, timer: clock, key: () => key, onTrouble }, 'control', stop.signal)
  running.catch(() => {})
  await clock.advance(0)
}

const end = async (): Promise<void> => {
  stop.abort()
  await running
}

describe('sealing', () => {
  it('goes on in turns, with a pause where nothing waits or another one seals', async () => {
    await start()
    await clock.advance(SEAL_IDLE_MS)
    await end()
    expect(calls).toEqual(['seal 0', 'prune true', `seal ${SEAL_IDLE_MS}`])
  })

  it('takes no lock while nothing waits', async () => {
    waits = false
    await start()
    await clock.advance(SEAL_IDLE_MS)
    expect(calls).toEqual(['prune true'])
    waits = true
    await clock.advance(SEAL_IDLE_MS)
    await end()
    expect(calls).toEqual(['prune true', `seal ${2 * SEAL_IDLE_MS}`])
  })

  it('prunes now and then, and at once again while there is more', async () => {
    prunes = [AUDIT_PRUNE_MAX, 1]
    await start()
    for (let at = 0; at <= AUDIT_PRUNE_EVERY_MS; at += SEAL_IDLE_MS)
      await clock.advance(SEAL_IDLE_MS)
    await end()
    expect(calls.filter((call) => call === 'prune true')).toHaveLength(3)
  })

  it('reports a database that is away, and goes on after a while', async () => {
    const away = new FreshetError('database.unavailable', 'planned')
    turns = [() => Promise.reject(away)]
    await start()
    await clock.advance(SEAL_TROUBLE_MS)
    await end()
    expect(errors).toEqual([away])
    expect(calls[1]).toBe(`seal ${SEAL_TROUBLE_MS}`)
  })

  it('ends with an error that no retry repairs', async () => {
    const broken = new FreshetError('invariant.broken', 'planned')
    turns = [() => Promise.reject(broken)]
    await start()
    await expect(running).rejects.toBe(broken)
  })
})
