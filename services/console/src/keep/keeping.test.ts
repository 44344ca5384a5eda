import { FreshetError } from '@freshet/protocol'
import { serveHttp } from '@freshet/runtime'
import { ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { keepForgetting } from './keep-all.ts'
import { keepReports } from './keep-reports.ts'
import { tokenKeysOf } from '../tokens/token-keys.ts'

const trouble = new FreshetError('broker.unavailable', 'planned')

it('reports are followed again after trouble, until the end', async () => {
  const timer = new ManualClock()
  const stop = new AbortController()
  const reported: unknown[] = []
  let followed = 0
  const followReports = (): Promise<void> => {
    followed += 1
    return followed === 1 ? Promise.reject(trouble) : Promise.resolve()
  }
  const onTrouble = (error: unknown): void => void reported.push(error)
  const observatory = { followReports } as never
  const kept = keepReports({ observatory, reader: {} as never, timer, onTrouble }, stop.signal)
  await timer.advance(0)
  await timer.advance(1_000)
  stop.abort()
  await kept
  expect(followed).toBe(2)
  expect(reported).toEqual([trouble])
})

it('what is a day old is forgotten, again and again, trouble or not', async () => {
  const timer = new ManualClock()
  const startMs = timer.nowMs()
  const stop = new AbortController()
  const before: number[] = []
  const older: number[] = []
  const store = {
    forget(beforeMs: number) {
      before.push(beforeMs - startMs)
      return before.length === 1 ? Promise.reject(trouble) : Promise.resolve()
    },
    forgetExposed: async (beforeMs: number) => void older.push(beforeMs - startMs),
    forgetUses: async ({ fromDay }: { fromDay: number }) => void older.push(fromDay),
  } as never
  const measured: number[] = []
  const slis = {
    forget(beforeMs: number) {
      measured.push(beforeMs - startMs)
      return Promise.resolve()
    },
  }
  const kept = keepForgetting({ store, slis, timer, onTrouble: () => {} }, stop.signal)
  await timer.advance(0)
  await timer.advance(600_000)
  stop.abort()
  await kept
  const dayMs = 86_400_000
  expect(before).toEqual([-dayMs, 600_000 - dayMs])
  expect(older).toEqual([600_000 - 35 * dayMs, Math.floor(startMs / dayMs) - 90])
  expect(measured).toEqual([-35 * dayMs, 600_000 - 35 * dayMs])
})

it('token keys that cannot be fetched are trouble that may heal', async () => {
  const keys = tokenKeysOf('http://127.0.0.1:1', () => 0)
  await expect(keys()).rejects.toMatchObject({ code: 'keys.unavailable' })
})

it('token keys that were fetched and verify nothing are told apart from those that were not fetched', async () => {
  const app = { fetch: () => Response.json({ keys: [{ kty: 'RSA', kid: 'k', use: 'enc' }] }) }
  await using authority = await serveHttp({ app })
  await expect(tokenKeysOf(authority.url, () => 0)()).rejects.toThrow('k: it is not for signatures')
})
