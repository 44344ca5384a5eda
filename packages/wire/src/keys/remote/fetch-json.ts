import { FreshetError } from '@freshet/protocol'
import { parseJson } from '../../json/strict-json.ts'
import type { Timer } from '../../log/timer.ts'
import { KEYS_BYTES_MAX, KEYS_FETCH_MS } from './limits.ts'

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: {
    readonly redirect: 'error'
    readonly signal: AbortSignal
    readonly headers: Readonly<Record<string, string>>
    readonly method?: 'POST'
    readonly body?: string
  },
) => Promise<FetchedResponse>

/** The part of a response that is read. */
export interface FetchedResponse {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array> | null
}

/**
 * Reads one JSON document: no redirects, 5 s, 64 KiB, strict JSON.
 *
 * @throws `keys.unavailable`
 */
export async function fetchJson(url: string, fetch: Fetch, timer: Timer): Promise<unknown> {
  const abort = new AbortController()
  const done = new AbortController()
  void timer.sleep(KEYS_FETCH_MS, done.signal).then(() => abort.abort())
  try {
    const headers = { accept: 'application/json' }
    const response = await fetch(url, { redirect: 'error', signal: abort.signal, headers })
    return await readJsonAnswer(response, KEYS_BYTES_MAX)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown'
    throw new FreshetError('keys.unavailable', `Cannot read ${url}: ${reason}`, { cause })
  } finally {
    done.abort()
    abort.abort()
  }
}

/** Reads the JSON of an answer 200. @throws Error for every other answer, and beyond the limit */
export async function readJsonAnswer(
  response: FetchedResponse,
  bytesMax: number,
): Promise<unknown> {
  if (response.status !== 200) {
    // A body that is not read would keep its connection.
    await response.body?.[Symbol.asyncIterator]().return?.()
    throw new Error(`answered ${response.status}`)
  }
  return parseJson(await readBody(response, bytesMax), { maxBytes: bytesMax })
}

async function readBody({ body }: FetchedResponse, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
