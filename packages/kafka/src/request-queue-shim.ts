import {
  RequestQueue,
  SUPPORTED_VERSION,
  kafkajsVersion,
  type RequestQueueHandle,
} from './internals.ts'

type Schedule = (this: RequestQueueHandle) => void

const patched = new WeakSet<object>()

/**
 * Stops each idle connection of kafkajs from re-arming a timer for ever.
 *
 * After its first response a request queue schedules its next check with a negative delay, about
 * 840 timers a second and 3.7 % of a core in a process that does nothing. A check is needed only
 * while requests wait. Returns false, and changes nothing, for a version or a shape that was not
 * measured.
 */
export function quietRequestQueue(
  queue: { readonly prototype: unknown } = RequestQueue,
  version: string = kafkajsVersion,
): boolean {
  const prototype = queue.prototype as { scheduleCheckPendingRequests?: Schedule }
  const original = prototype.scheduleCheckPendingRequests
  if (version !== SUPPORTED_VERSION || typeof original !== 'function') return false
  if (patched.has(prototype)) return true
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(): void {
    if (this.pending.length > 0) original.call(this)
  }
  patched.add(prototype)
  return true
}
