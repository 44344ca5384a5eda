/** The types of the console's events. */
export type StreamType = 'change' | 'measured' | 'edge' | 'slo' | 'gap'
/** The state of the stream. `lost`: it is opened again by itself. */
export type StreamStanding = 'opening' | 'live' | 'lost'

type OnEvent = (data: never) => void

const TYPES: readonly StreamType[] = ['change', 'measured', 'edge', 'slo', 'gap']
const listeners = new Map<StreamType, Set<OnEvent>>()
const watchers = new Set<(standing: StreamStanding) => void>()
let source: EventSource | undefined
let standing: StreamStanding = 'opening'
let users = 0

/** Calls back for events of a type until the answer is called. One stream serves the whole tab. */
export function listen(type: StreamType, onEvent: OnEvent): () => void {
  const own = listeners.get(type) ?? new Set()
  listeners.set(type, own.add(onEvent))
  return () => void own.delete(onEvent)
}

/** Holds the stream open until the returned function is called, and reports its state. */
export function holdStream(onStanding: (standing: StreamStanding) => void): () => void {
  users += 1
  watchers.add(onStanding)
  if (source === undefined) open()
  onStanding(standing)
  return () => {
    watchers.delete(onStanding)
    users -= 1
    if (users === 0) close()
  }
}

/** The browser opens it again by itself, and sends the id of the event that it saw last. */
function open(): void {
  source = new EventSource('/v1/stream')
  source.addEventListener('open', () => stand('live'))
  source.addEventListener('error', () => {
    stand('lost')
    // An answer that is no stream, as 401 or 503, ends it for good: then it is ours to try again.
    if (source?.readyState === EventSource.CLOSED) again()
  })
  for (const type of TYPES) {
    source.addEventListener(type, (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as never
      for (const listener of listeners.get(type) ?? []) listener(data)
    })
  }
}

const AGAIN_AFTER_MS = 5_000

function again(): void {
  setTimeout(() => {
    if (users === 0 || source?.readyState !== EventSource.CLOSED) return
    open()
  }, AGAIN_AFTER_MS)
}

function close(): void {
  source?.close()
  source = undefined
  standing = 'opening'
}

function stand(now: StreamStanding): void {
  standing = now
  for (const watcher of watchers) watcher(now)
}
