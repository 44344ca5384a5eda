import type { LiveChange, LiveGap } from '@freshet/insight/answers'
import { exitCodeOf, EXIT } from '../../exit-code.ts'

/** Options of following the changes. */
export interface TailChanges {
  /** Opens the stream, behind the event with this id. */
  open(lastId: string | undefined, until: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  readonly probes: boolean
  /** The number of changes after which it ends. */
  readonly limit: number | undefined
  onChange(change: LiveChange): void
  /** Called when changes can be missing, with the reason. */
  onGap(why: string): void
  pause(ms: number): Promise<void>
}

/** A stream without a byte for this time is lost: the console sends a ping every 15 s. */
const SILENT_MS = 45_000
const AGAIN_AFTER_MS = 2_000
/** The console sends this gap to each new listener. */
const BEGUN = 'begun'

/** Follows the changes until the signal aborts or the limit is reached. @throws `ProblemError` of the console */
export async function tailChanges(options: TailChanges, signal: AbortSignal): Promise<void> {
  const seen: { lastId: string | undefined; left: number } = {
    lastId: undefined,
    left: options.limit ?? Number.POSITIVE_INFINITY,
  }
  const isEnough = (): boolean => signal.aborted || seen.left <= 0
  const onEvent = ({ id, type, data }: ServerEvent): void => {
    seen.lastId = id ?? seen.lastId
    if (type === 'gap') return onGap((JSON.parse(data) as LiveGap).reason)
    if (type !== 'change' || isEnough()) return
    const change = JSON.parse(data) as LiveChange
    if (change.isProbe && !options.probes) return
    options.onChange(change)
    seen.left -= 1
  }
  const onGap = (reason: string): void => {
    if (reason !== BEGUN) options.onGap(reason)
  }
  while (!isEnough()) {
    try {
      await follow(options, { lastId: seen.lastId, signal, isEnough, onEvent })
    } catch (error) {
      if (exitCodeOf(error) !== EXIT.unreachable && !isLost(error)) throw error
    }
    if (isEnough()) return
    options.onGap('the stream ended, will retry')
    await options.pause(AGAIN_AFTER_MS)
  }
}

interface Following {
  readonly lastId: string | undefined
  readonly signal: AbortSignal
  isEnough(): boolean
  onEvent(event: ServerEvent): void
}

async function follow(options: Pick<TailChanges, 'open'>, following: Following): Promise<void> {
  const { lastId, signal } = following
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), SILENT_MS)
  const onBytes = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), SILENT_MS)
  }
  try {
    const body = await options.open(lastId, AbortSignal.any([signal, silent.signal]))
    for await (const event of readEvents(body, onBytes)) {
      following.onEvent(event)
      if (following.isEnough()) return
    }
  } finally {
    clearTimeout(timer)
  }
}

/** The other side went away, or the silence was too long. */
function isLost(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.message === 'terminated')
}

/** An event of a server-sent stream. */
interface ServerEvent {
  readonly id: string | undefined
  readonly type: string
  readonly data: string
}

/** The characters of an event that is not complete yet; a longer one is refused. */
const PENDING_MAX = 1_000_000

/**
 * Reads the events of a body as they arrive. `onBytes` is called with every chunk, pings among them.
 *
 * @throws if an event is too long
 */
async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of body) {
    onBytes()
    pending += decoder.decode(chunk, { stream: true })
    const blocks = pending.split('\n\n')
    pending = blocks.pop() ?? ''
    if (pending.length > PENDING_MAX) throw new Error('An event of the stream is too long.')
    for (const block of blocks) {
      const event = eventIn(block)
      if (event !== undefined) yield event
    }
  }
}

/** Comments and settings of the stream are no events. */
function eventIn(block: string): ServerEvent | undefined {
  const fields = new Map(
    block.split('\n').flatMap((line) => {
      const [, name, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value] as const]
    }),
  )
  const [type, data] = [fields.get('event'), fields.get('data')]
  return type === undefined || data === undefined ? undefined : { id: fields.get('id'), type, data }
}
