import type { TestStack } from '../e2e/test-stack.ts'

/** The stream of the started console, as one admin gets it. */
export interface LiveStream extends AsyncDisposable {
  /** Everything that was sent so far. */
  readonly text: () => string
}

/** Opens it with the token of an admin. */
export async function openStream({ at }: TestStack, token: string): Promise<LiveStream> {
  const ended = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(new URL('/v1/stream', at.console), { headers, signal: ended.signal })
  if (!answer.ok || answer.body === null) throw new Error(`/v1/stream answered ${answer.status}`)
  const decoder = new TextDecoder()
  let text = ''
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const chunk of body) text += decoder.decode(chunk, { stream: true })
  }
  const reading = read(answer.body).catch(() => {})
  return {
    text: () => text,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await reading
    },
  }
}
