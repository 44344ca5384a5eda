import { msBetween, readClocks } from './clocks.ts'

const TICK_MS = 1_000
/** A longer pause between two ticks shows that the page did not run: the machine slept, or the page was frozen. */
const SLEPT_AFTER_MS = 5_000

type Callback = () => void

const onTicks = new Set<Callback>()
const onWakes = new Set<Callback>()
let last = readClocks()
let timer: ReturnType<typeof setInterval> | undefined

/** Calls back each second until the returned function is called, and at once when a reader returns. */
export function onTick(callback: Callback): () => void {
  return join(onTicks, callback)
}

/** Calls back when the page did not run for a while: everything that it waits for is of before. */
export function onWake(callback: Callback): () => void {
  return join(onWakes, callback)
}

function join(callbacks: Set<Callback>, callback: Callback): () => void {
  callbacks.add(callback)
  if (timer === undefined) start()
  return () => void callbacks.delete(callback)
}

/** A page that is shown again does not wait for its next tick, which a browser can delay by a minute. */
function start(): void {
  last = readClocks()
  timer = setInterval(tick, TICK_MS)
  addEventListener('pageshow', tick)
  addEventListener('online', tick)
  document.addEventListener('visibilitychange', tick)
  document.addEventListener('resume', tick)
}

function tick(): void {
  const now = readClocks()
  const hasSlept = msBetween(last, now) > SLEPT_AFTER_MS
  last = now
  if (hasSlept) for (const callback of onWakes) callback()
  for (const callback of onTicks) callback()
}
