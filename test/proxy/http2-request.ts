import { once } from 'node:events'
import { connect } from 'node:http2'
import type { RawAnswer, RawRequest } from '@freshet/testkit'

const ANSWER_WITHIN_MS = 20_000

/** Sends a request without a body by HTTP/2 without TLS, by prior knowledge. */
export async function askByHttp2(
  url: string,
  { method, target, headers = [] }: RawRequest,
): Promise<RawAnswer> {
  const session = connect(url)
  try {
    const stream = session.request({
      ':method': method,
      ':path': target,
      ...Object.fromEntries(headers),
    })
    stream.setEncoding('utf8').end()
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const [answer] = (await once(stream, 'response', { signal: late })) as [
      { readonly ':status'?: number },
    ]
    let body = ''
    for await (const part of stream) body += String(part)
    return { status: answer[':status'] ?? 0, body }
  } finally {
    session.destroy()
  }
}
