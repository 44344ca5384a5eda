import type { HealthFinding } from '@freshet/insight/findings'
import type { Registry } from '@freshet/protocol'

const OF_SOURCES: ReadonlySet<HealthFinding['id']> = new Set([
  'sourceSilent',
  'sourceLate',
  'sourceUnheard',
  'sourceUnstated',
  'clockOff',
])

/** Returns the people who act on a finding: the owner and the contact of a source; `null`: the operators. */
export function whoActs({ sources }: Registry): (finding: HealthFinding) => string | null {
  return ({ id, object }) => {
    const source = OF_SOURCES.has(id) ? sources.get(object) : undefined
    if (source === undefined) return null
    const { owner, contact } = source
    const text = [owner, contact].filter((part) => part.trim() !== '').join(', ')
    return text === '' ? null : text
  }
}
