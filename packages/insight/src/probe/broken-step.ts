import type { BrokenStep } from './probe-run.ts'
import type { ProbeProgress } from './probe-world.ts'

const IN_ORDER = ['record', 'publish'] as const

/**
 * The first step of the way that did not happen in time. A refusal everywhere is the purpose of the probe:
 * records that lag behind it break nothing of the promise. They are named, because without them the change
 * could not be explained.
 */
export function brokenAt(
  open: ReadonlyMap<string, string>,
  progress: ProbeProgress | undefined,
  withinMs: number,
): BrokenStep | null {
  if (open.size === 0 && progress?.isApplied === true) return null
  const late = (step: BrokenStep['step'], at: string | null, more = ''): BrokenStep => {
    return { step, at, why: `not within ${withinMs} ms${more}` }
  }
  const reached = new Set(progress?.stages.map(({ step }) => step))
  const missing = IN_ORDER.find((step) => !reached.has(step))
  if (missing !== undefined) return late(missing, null)
  const [edge] = progress?.missing ?? []
  if (edge !== undefined) return late('apply', edge)
  const [door] = open
  return door === undefined ? late('apply', null) : late('denied', door[0], `: ${door[1]}`)
}
