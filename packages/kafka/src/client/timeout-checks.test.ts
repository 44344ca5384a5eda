import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RequestQueue as Library } from './internals.ts'
import { shareTimeoutChecks } from './timeout-checks.ts'

/** The test loads its own copy: other code of this process has changed the shared one. */
const RequestQueue = loadAnew('kafkajs/src/network/requestQueue')
const TIMEOUT_MS = 1_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function loadAnew(path: string): typeof Library {
  const require = createRequire(import.meta.url)
  const file = require.resolve(path)
  const shared = require.cache[file]
  delete require.cache[file]
  const loaded = require(path) as typeof Library
  if (shared) require.cache[file] = shared
  return loaded
}

interface Sending {
  push(request: object): void
}

/** Returns a queue as a connection creates it, and the function that ends the connection. */
function connectedBy(Class: typeof Library) {
  let isConnected = true
  const queue = new Class({
    logger: { debug: () => {}, warn: () => {} },
    requestTimeout: TIMEOUT_MS,
    maxInFlightRequests: null,
    enforceRequestTimeout: true,
    isConnected: () => isConnected,
  })
  queue.scheduleRequestTimeoutCheck()
  return { queue, cut: () => (isConnected = false) }
}

/** Sends a request that gets no answer. Returns the function that returns its errors. */
function sendTo(queue: InstanceType<typeof Library>): () => readonly string[] {
  const errors: string[] = []
  const reject = (error: Error): void => void errors.push(error.name)
  const entry = { apiKey: 1, apiName: 'Fetch', apiVersion: 11, correlationId: 1, reject }
  const sending = queue as unknown as Sending
  sending.push({ entry, expectResponse: true, requestTimeout: null, sendRequest: () => {} })
  return () => errors
}

test('all connections share one timer, and have one each without the change', () => {
  class Apart extends RequestQueue {}
  class Shared extends RequestQueue {}
  expect(shareTimeoutChecks({ prototype: Shared.prototype })).toBe(true)
  const apart = [1, 2, 3].map(() => connectedBy(Apart))
  expect(vi.getTimerCount()).toBe(3)
  for (const { queue } of apart) queue.destroy()
  const shared = [1, 2, 3].map(() => connectedBy(Shared))
  expect(vi.getTimerCount()).toBe(1)
  for (const { queue } of shared) queue.destroy()
  expect(vi.getTimerCount()).toBe(0)
})

test('a request without an answer fails after the same time as without the change', () => {
  class Apart extends RequestQueue {}
  class Shared extends RequestQueue {}
  shareTimeoutChecks({ prototype: Shared.prototype })
  const both = [Apart, Shared].map((Class) => {
    const { queue } = connectedBy(Class)
    return { queue, errors: sendTo(queue) }
  })
  vi.advanceTimersByTime(TIMEOUT_MS)
  expect(both.map(({ errors }) => errors())).toEqual([[], []])
  vi.advanceTimersByTime(100)
  const timedOut = ['KafkaJSRequestTimeoutError']
  expect(both.map(({ errors }) => errors())).toEqual([timedOut, timedOut])
  for (const { queue } of both) queue.destroy()
})

test('the timer ends with the last connection, also with one that ended by itself', () => {
  class Shared extends RequestQueue {}
  shareTimeoutChecks({ prototype: Shared.prototype })
  const [first, second] = [connectedBy(Shared), connectedBy(Shared)]
  first.queue.destroy()
  second.cut()
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(100)
  expect(vi.getTimerCount()).toBe(0)
})

test('connections without timeouts are not checked', () => {
  class Shared extends RequestQueue {}
  shareTimeoutChecks({ prototype: Shared.prototype })
  const queue = new Shared({ logger: { debug: () => {} }, enforceRequestTimeout: false })
  queue.scheduleRequestTimeoutCheck()
  expect(vi.getTimerCount()).toBe(0)
})

test('another version of the library, or another shape, is left alone', () => {
  class Other extends RequestQueue {}
  expect(shareTimeoutChecks({ prototype: Other.prototype }, '2.2.5')).toBe(false)
  expect(Object.hasOwn(Other.prototype, 'destroy')).toBe(false)
  expect(shareTimeoutChecks({ prototype: {} })).toBe(false)
})

test('the change is made once however often it is asked for', () => {
  class Shared extends RequestQueue {}
  shareTimeoutChecks({ prototype: Shared.prototype })
  const destroy = Object.getOwnPropertyDescriptor(Shared.prototype, 'destroy')?.value as unknown
  expect(shareTimeoutChecks({ prototype: Shared.prototype })).toBe(true)
  expect(Object.getOwnPropertyDescriptor(Shared.prototype, 'destroy')?.value).toBe(destroy)
})
