import { formatRfc3339, type AuditEntry } from '@freshet/events'
import type { SourceView } from './pipeline.ts'

/**
 * Tells the audit when a source falls silent, and when it is heard again. What it knows lives as long as it does:
 * of a source that is silent at its first look it says so, whoever said so before, and of one that is heard nothing.
 */
export class SourceWatch {
  #heard: ReadonlyMap<string, boolean> = new Map()

  /** What is to be said since the last look that was settled. One that never spoke is not silent yet. */
  entriesOf(sources: readonly SourceView[], atMs: number): readonly AuditEntry[] {
    return sources.flatMap((view) => {
      const isHeard = view.standing === 'live'
      const before = this.#heard.get(keyOf(view)) ?? true
      if (view.standing === 'unheard' || isHeard === before) return []
      return [entryOf(view, atMs)]
    })
  }

  /** What was to be said of these is said. */
  settle(sources: readonly SourceView[]): void {
    const spoken = sources.filter(({ standing }) => standing !== 'unheard')
    this.#heard = new Map(spoken.map((view) => [keyOf(view), view.standing === 'live']))
  }
}

function keyOf({ tenant, source }: SourceView): string {
  return JSON.stringify([tenant, source])
}

function entryOf(view: SourceView, atMs: number): AuditEntry {
  const { tenant, source: ref, standing, throughMs, leaseMs } = view
  const kind = standing === 'live' ? 'source-heard' : 'source-silent'
  const through = throughMs === null ? null : formatRfc3339(throughMs)
  return { kind, atMs, tenant, ref, by: 'console', detail: { standing, through, leaseMs } }
}
