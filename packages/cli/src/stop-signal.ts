/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
export interface StopSignal {
  readonly signal: AbortSignal
  /** The same as the first of those. */
  abort(): void
  dispose(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Listens until it is disposed of. */
export function stopSignal(): StopSignal {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(1)
    stop.abort()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: stop.signal,
    abort: () => stop.abort(),
    dispose() {
      for (const name of SIGNALS) process.removeListener(name, onSignal)
    },
  }
}
