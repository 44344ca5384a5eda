import type { KnownEdge, RecordedApply } from '../observatory-store.ts'
import { countsFor, publishedApplyMs } from '../sli/edge-reach.ts'
import type { ChangeSample } from '../sli/change-sample.ts'
import type { LoggedChange } from './logged-change.ts'

/**
 * Returns since when at the latest an edge refused by its own lease, before it applied a change. The measured change was
 * complete without the apply of this edge, so the view of the edge had run out by then. `undefined` if the edge applied
 * the change in time, if the change does not concern it, or if it was not measured to its end.
 */
export function refusedByItselfMs(
  change: LoggedChange,
  edge: KnownEdge,
  { apply, sample }: Evidence,
): number | undefined {
  const { publishedAtMs, appendedAtMs } = change
  // The apply of a group is that of its last edge.
  if (publishedAtMs === null || sample?.completeMs == null || edge.group !== undefined)
    return undefined
  if (!countsFor(edge, { publishedAtMs })) return undefined
  const completeAtMs = appendedAtMs + sample.completeMs
  return apply === undefined || publishedApplyMs(apply) > completeAtMs ? completeAtMs : undefined
}

/** The apply of the edge, and the measurement of the change. */
interface Evidence {
  readonly apply: RecordedApply | undefined
  readonly sample: ChangeSample | undefined
}
