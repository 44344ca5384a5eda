/**
 * Returns a signal that aborts with another one, or after this time. Node 20 collects a timeout without a listener that
 * only a combined signal refers to: it would never abort, and the wait would have no end.
 */
export function withTimeLimit(signal: AbortSignal, ms: number): AbortSignal {
  const late = AbortSignal.timeout(ms)
  late.addEventListener('abort', () => {}, { once: true })
  return AbortSignal.any([signal, late])
}
