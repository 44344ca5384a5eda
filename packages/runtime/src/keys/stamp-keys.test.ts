import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateMacKey } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { watchStampKeys, type StampKeys } from './stamp-keys.ts'

let dir: string
let clock: ManualClock
let ended: AbortController

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-stamps-'))
  clock = new ManualClock()
  ended = new AbortController()
})
afterEach(async () => {
  ended.abort()
  await rm(dir, { recursive: true })
})

const after = (ms: number): number => Math.floor((clock.nowMs() + ms) / 1_000)

/** A gateway’s or a reconciler’s view of the same key set. */
async function stampKeys(...times: readonly object[]): Promise<StampKeys> {
  const keys = await Promise.all(
    times.map(async (each, n) => ({ ...(await generateMacKey(`s${n}`)), ...each })),
  )
  const path = join(dir, 'stamps.json')
  await writeFile(path, JSON.stringify({ keys }), { mode: 0o600 })
  const logger = createLogger('test', 'silent')
  return watchStampKeys({ path, name: 'KEYS', timer: clock, logger, signal: ended.signal })
}

describe('keys of stamps', () => {
  it('are made with in turn, and each accepted from before its turn until after it', async () => {
    const keys = await stampKeys({ nbf: 1, exp: after(100_000) }, { nbf: after(10_000) })
    const [old, next] = keys.accepted()
    expect(keys.making()).toBe(old)
    await clock.advance(10_000)
    expect(keys.making()).toBe(next)
    expect(keys.accepted()).toEqual([next, old])
    await clock.advance(90_000)
    expect(keys.accepted()).toEqual([next])
  })

  it('that are revoked vouch for nothing; where none is left, nothing is stamped', async () => {
    const keys = await stampKeys({ nbf: 1, revoked: { revoked_at: 2 } })
    expect(keys.accepted()).toEqual([])
    expect(() => keys.making()).toThrow(expect.objectContaining({ code: 'keys.unusable' }))
  })
})
