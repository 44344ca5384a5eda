import type { ServiceCheck } from '@freshet/insight/findings'

/** A service that takes longer does not answer. Its checks may take longer than its process. */
const ANSWER_WITHIN_MS = 1_000
const BODY_BYTES_MAX = 4_096
const REASONS_MAX = 5
/** The line of a check that failed. Its reason stays where it is: it can name addresses. */
const FAILED = /^\[-\] ([\w-]{1,40}) failed/gm

/** The state of a service, before it is known since when. */
export type ServiceAnswer = Pick<ServiceCheck, 'state' | 'reason'>

/** Asks a service whether it is ready. It never rejects: a service without an answer is a state. */
export async function askService(
  url: string,
  ending: AbortSignal,
  withinMs: number = ANSWER_WITHIN_MS,
): Promise<ServiceAnswer> {
  const late = AbortSignal.timeout(withinMs)
  // Node 20 collects a timeout without a listener: its signal would never abort, and a hanging service
  // would hold up the verdict.
  late.addEventListener('abort', () => {}, { once: true })
  const signal = AbortSignal.any([ending, late])
  const [alive, ready] = await Promise.allSettled([
    get(new URL('/livez', url), signal),
    get(new URL('/readyz', url), signal),
  ])
  if (alive.status === 'rejected') return { state: 'no-answer' }
  if (ready.status === 'rejected')
    return { state: 'not-ready', reason: 'its checks have no result yet' }
  if (ready.value.ok) return { state: 'ready' }
  const names = [...ready.value.text.matchAll(FAILED)].map(([, name]) => name)
  return {
    state: 'not-ready',
    ...(names.length > 0 && { reason: names.slice(0, REASONS_MAX).join(', ') }),
  }
}

async function get(
  url: URL,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const response = await fetch(url, { redirect: 'error', signal })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop cancels the rest of the body.
    if (bytes >= BODY_BYTES_MAX) break
  }
  return { ok: response.ok, text: Buffer.concat(chunks).toString('utf8') }
}
