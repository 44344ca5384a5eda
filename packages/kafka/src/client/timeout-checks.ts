import {
  RequestQueue,
  SUPPORTED_VERSION,
  kafkajsVersion,
  type RequestQueueHandle,
} from './internals.ts'

/** The interval at which the library checks the requests of a connection. */
const CHECK_EVERY_MS = 100

type Queue = Pick<RequestQueueHandle, 'inflight' | 'isConnected' | 'destroy'>

interface Replaced {
  scheduleRequestTimeoutCheck?: (this: RequestQueueHandle) => void
  destroy?: (this: RequestQueueHandle) => void
}

const patched = new WeakSet<object>()
const connected = new Set<Queue>()
let timer: NodeJS.Timeout | undefined

/**
 * Checks the requests of all connections by one timer, for those whose answer did not come in time.
 *
 * kafkajs starts a timer for each connection, which fires ten times a second. A process that follows each
 * partition by itself has dozens of connections, so it woke hundreds of times a second with nothing to do.
 * Timeouts are found as soon as before. For a version or a shape that was not measured, the function changes
 * nothing and returns false.
 */
export function shareTimeoutChecks(
  queue: { readonly prototype: unknown } = RequestQueue,
  version: string | undefined = kafkajsVersion,
): boolean {
  const prototype = queue.prototype as Replaced
  const { scheduleRequestTimeoutCheck: schedule, destroy } = prototype
  if (version !== SUPPORTED_VERSION) return false
  if (typeof schedule !== 'function' || typeof destroy !== 'function') return false
  if (patched.has(prototype)) return true
  prototype.scheduleRequestTimeoutCheck = function checkWithOthers(): void {
    if (this.enforceRequestTimeout) add(this)
  }
  prototype.destroy = function leaveOthers(): void {
    destroy.call(this)
    remove(this)
  }
  patched.add(prototype)
  return true
}

function add(queue: Queue): void {
  connected.add(queue)
  timer ??= setInterval(checkAll, CHECK_EVERY_MS)
}

function remove(queue: Queue): void {
  connected.delete(queue)
  if (connected.size > 0) return
  clearInterval(timer)
  timer = undefined
}

function checkAll(): void {
  const nowMs = Date.now()
  for (const queue of connected) {
    for (const request of queue.inflight.values())
      if (nowMs - request.sentAt > request.requestTimeout) request.timeoutRequest()
    if (!queue.isConnected()) queue.destroy()
  }
}
