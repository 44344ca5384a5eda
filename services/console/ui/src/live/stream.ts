import { msBetween, readClocks, type ClockReading } from '../age/clocks.ts'
import { onTick } from '../age/pulse.ts'
import { noteSign } from '../age/signs.ts'
import { isSilentFor } from './silence.ts'

/** The types of the console's events. */
export type StreamType = 'change' | 'measured' | 'edge' | 'slo' | 'health' | 'gap' | 'ping'
/** The state of the stream. `lost`: it is opened again by itself. */
export type StreamStatus = 'opening' | 'live' | 'lost'

type OnEvent = (data: never) => void

const TYPES: readonly StreamType[] = ['change', 'measured', 'edge', 'slo', 'health', 'gap', 'ping']
const listeners = new Map<StreamType, Set<OnEvent>>()
const watchers = new Set<(now: StreamStatus) => void>()
let source: EventSource | undefined
let status: StreamStatus = 'opening'
let users = 0
let lastEvent: ClockReading | undefined
let triedAt = readClocks()
let endWatch = (): void => {}

/** Calls back for events of a type until the answer is called. One stream serves the whole tab. */
export function listen(type: StreamType, onEvent: OnEvent): () => void {
  const own = listeners.get(type) ?? new Set()
  listeners.set(type, own.add(onEvent))
  return () => void own.delete(onEvent)
}

/**
 * Holds the stream open until the returned function is called, and reports its state. A hidden tab has no stream: a browser
 * opens six connections to a console at most, so a seventh tab would load nothing.
 */
export function holdStream(onStatus: (now: StreamStatus) => void): () => void {
  users += 1
  watchers.add(onStatus)
  if (users === 1) {
    endWatch = onTick(watch)
    document.addEventListener('visibilitychange', turn)
    turn()
  }
  onStatus(status)
  return () => {
    watchers.delete(onStatus)
    users -= 1
    if (users === 0) close()
  }
}

/** The time of the last event; `undefined`: there was none yet. */
export function lastStreamEvent(): ClockReading | undefined {
  return lastEvent
}

/** Opens the stream of a tab that a person sees, and ends that of a hidden one. */
function turn(): void {
  if (document.hidden) {
    source?.close()
    source = undefined
    stand('opening')
  } else if (source === undefined) open()
}

/** The browser opens it again by itself, and sends the id of the event that it saw last. */
function open(): void {
  const own = new EventSource('/v1/stream')
  source = own
  triedAt = readClocks()
  own.addEventListener('open', () => noteEvent('live'))
  // An answer that is no stream, as 401 or 503, ends it for good: then the watch opens it again.
  own.addEventListener('error', () => stand('lost'))
  for (const type of TYPES) {
    own.addEventListener(type, (event: MessageEvent<string>) => {
      noteEvent('live')
      const data = JSON.parse(event.data) as never
      for (const listener of listeners.get(type) ?? []) listener(data)
    })
  }
}

/** A connection can end without a notice to either side: only missing pings show it. */
function watch(): void {
  if (source === undefined) return
  const now = readClocks()
  const silences = [lastEvent ?? triedAt, triedAt].map((then) => msBetween(then, now))
  if (!isSilentFor(Math.min(...silences))) return
  stand('lost')
  source.close()
  open()
}

function noteEvent(now: StreamStatus): void {
  lastEvent = readClocks()
  noteSign()
  stand(now)
}

function close(): void {
  endWatch()
  document.removeEventListener('visibilitychange', turn)
  source?.close()
  source = undefined
  status = 'opening'
}

function stand(now: StreamStatus): void {
  if (now === status) return
  status = now
  for (const watcher of watchers) watcher(now)
}
