import { SourceWatch, type PipelineSource } from '@freshet/insight'
import type { Clock } from '@freshet/protocol'
import type { AuditLog } from '@freshet/wire'

/** The parts that a watcher of sources needs. */
export interface WatcherParts {
  readonly audit: AuditLog
  readonly onSources: (spoken: readonly PipelineSource[]) => void
  readonly timer: Clock
  readonly onTrouble: (error: unknown) => void
}

/**
 * Returns a function that takes the sources of each look. It writes into the audit which of them fall silent and come
 * back, and calls `onSources` with the state of each source that ever sent anything.
 */
export function sourceWatcher({
  audit,
  onSources,
  timer,
  onTrouble,
}: WatcherParts): (sources: readonly PipelineSource[]) => Promise<void> {
  const watch = new SourceWatch()
  return async (sources) => {
    onSources(sources.filter(({ standing }) => standing !== 'unheard'))
    try {
      await audit.append(watch.entriesOf(sources, timer.nowMs()))
      watch.settle(sources)
    } catch (error) {
      onTrouble(error)
    }
  }
}
