import { formatRfc3339, type AuditEntry } from '@freshet/wire'
import type { PipelineSource } from './pipeline.ts'

/**
 * Writes audit entries when a source falls silent, and when its heartbeats count again. Its memory lives as
 * long as the process: it writes an entry for a source that is silent at its first look, whatever others
 * wrote before, and none for a source with a current lease.
 */
export class SourceWatch {
  #wasLive: ReadonlyMap<string, boolean> = new Map()

  /** The entries since the last settled look. A source that never sent anything is not silent yet. */
  entriesOf(sources: readonly PipelineSource[], atMs: number): readonly AuditEntry[] {
    return sources.flatMap((view) => {
      const isLive = view.standing === 'live'
      const before = this.#wasLive.get(keyOf(view)) ?? true
      if (view.standing === 'unheard' || isLive === before) return []
      return [entryOf(view, atMs)]
    })
  }

  /** Marks the entries of these as written. */
  settle(sources: readonly PipelineSource[]): void {
    const spoken = sources.filter(({ standing }) => standing !== 'unheard')
    this.#wasLive = new Map(spoken.map((view) => [keyOf(view), view.standing === 'live']))
  }
}

function keyOf({ tenant, source }: PipelineSource): string {
  return JSON.stringify([tenant, source])
}

function entryOf(view: PipelineSource, atMs: number): AuditEntry {
  const { tenant, source: ref, standing, throughMs, leaseMs } = view
  const kind = standing === 'live' ? 'source-heard' : 'source-silent'
  const through = throughMs === null ? null : formatRfc3339(throughMs)
  return { kind, atMs, tenant, ref, by: 'console', detail: { standing, through, leaseMs } }
}
