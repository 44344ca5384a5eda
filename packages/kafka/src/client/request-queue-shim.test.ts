import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import type { RequestQueue as Library } from './internals.ts'
import { quietRequestQueue } from './request-queue-shim.ts'

/** The test loads its own copy: other code of this process has changed the shared one. */
const RequestQueue = loadAnew('kafkajs/src/network/requestQueue')

afterEach(() => vi.restoreAllMocks())

function loadAnew(path: string): typeof Library {
  const require = createRequire(import.meta.url)
  const file = require.resolve(path)
  const shared = require.cache[file]
  delete require.cache[file]
  const loaded = require(path) as typeof Library
  if (shared) require.cache[file] = shared
  return loaded
}

const silent = { debug: () => {}, warn: () => {} }

interface Queue {
  pending: unknown[]
  checkPendingRequests(): void
  destroy(): void
}

/**
 * Returns the number of timers that a queue starts when it looks for requests to send, as after each answer.
 */
function timersOf(Class: typeof Library, pending: number): number {
  const queue = new Class({ logger: silent, requestTimeout: 1_000, maxInFlightRequests: 0 })
  const spy = vi.spyOn(globalThis, 'setTimeout')
  const inner = queue as unknown as Queue
  inner.pending = Array.from({ length: pending }, () => ({}))
  inner.checkPendingRequests()
  inner.destroy()
  const calls = spy.mock.calls.length
  spy.mockRestore()
  return calls
}

function replacementOf(Class: typeof Library): unknown {
  return Object.getOwnPropertyDescriptor(Class.prototype, 'scheduleCheckPendingRequests')?.value
}

test('an idle request queue arms no timer with the shim, and one without it', () => {
  class Quiet extends RequestQueue {}
  class Noisy extends RequestQueue {}
  expect(quietRequestQueue({ prototype: Quiet.prototype })).toBe(true)
  expect(timersOf(Noisy, 0)).toBe(1)
  expect(timersOf(Quiet, 0)).toBe(0)
})

test('a request queue with waiting requests still arms its timer', () => {
  class Quiet extends RequestQueue {}
  quietRequestQueue({ prototype: Quiet.prototype })
  expect(timersOf(Quiet, 1)).toBe(1)
})

test('another version of the library is left alone', () => {
  class Other extends RequestQueue {}
  expect(quietRequestQueue({ prototype: Other.prototype }, '2.2.5')).toBe(false)
  expect(Object.hasOwn(Other.prototype, 'scheduleCheckPendingRequests')).toBe(false)
})

test('a request queue of another shape is left alone', () => {
  expect(quietRequestQueue({ prototype: {} })).toBe(false)
})

test('the shim is applied once however often it is asked for', () => {
  class Quiet extends RequestQueue {}
  quietRequestQueue({ prototype: Quiet.prototype })
  const first = replacementOf(Quiet)
  expect(quietRequestQueue({ prototype: Quiet.prototype })).toBe(true)
  expect(replacementOf(Quiet)).toBe(first)
})
