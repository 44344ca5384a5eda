import type { LoadedRegistry } from '@freshet/authority'
import type { AuditLog, LogReader, Timer } from '@freshet/wire'
import { SourceWatch, type Observatory, type PipelineSource } from '@freshet/insight'

/** Short beside the shortest lease that lint lets pass without a warning. */
const EVERY_MS = 1_000

/**
 * Writes into the audit which sources fall silent and come back, and calls `onSources` with the state of each
 * source that ever sent anything, until the signal aborts.
 */
export async function keepWatch(
  parts: {
    readonly observatory: Pick<Observatory, 'pipeline'>
    readonly reader: Pick<LogReader, 'bounds'>
    readonly loaded: () => LoadedRegistry
    readonly audit: AuditLog
    readonly onSources: (spoken: readonly PipelineSource[]) => void
    readonly timer: Timer
    readonly onTrouble: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { observatory, reader, loaded, audit, onSources, timer, onTrouble } = parts
  const watch = new SourceWatch()
  const look = async (): Promise<void> => {
    const { sources } = await observatory.pipeline(loaded().registry, reader)
    onSources(sources.filter(({ standing }) => standing !== 'unheard'))
    await audit.append(watch.entriesOf(sources, timer.nowMs()))
    watch.settle(sources)
  }
  while (!signal.aborted) {
    await look().catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}
