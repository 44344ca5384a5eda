const HEAD_END = '\r\n\r\n'

/** A whole answer to a request. */
export interface Answer {
  readonly status: number
  /** Seconds of `Retry-After`, if it is present. */
  readonly retryAfterS: number | undefined
  readonly text: string
}

/**
 * Parses these characters as an answer; `undefined` until all of it is there. One byte is one character,
 * because the measured services answer ASCII, with its length.
 *
 * @throws Error for an answer without a length
 */
export function readAnswer(received: string): Answer | undefined {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = received.slice(0, headEnd)
  const length = fieldOf(head, 'content-length')
  if (length === undefined) throw new Error(`An answer without a length: ${head}`)
  const text = received.slice(headEnd + HEAD_END.length)
  if (text.length < length) return undefined
  const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
  return { status, retryAfterS: fieldOf(head, 'retry-after'), text }
}

function fieldOf(head: string, name: string): number | undefined {
  const [, value] = new RegExp(`\r\n${name}: *(\\d+)`, 'i').exec(head) ?? []
  return value === undefined ? undefined : Number(value)
}
