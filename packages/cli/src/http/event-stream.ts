/** An event of a server-sent stream. */
export interface ServerEvent {
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
export async function* readEvents(
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
