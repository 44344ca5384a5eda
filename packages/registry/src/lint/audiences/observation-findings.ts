import { finding, type Finding } from '../finding.ts'
import type { PlacedRoute } from './placed-route.ts'

const DAY_MS = 86_400_000
/** A warning appears this long before the observation ends. */
const WARNED_BEFORE_MS = 7 * DAY_MS

/** @internal What is wrong with a route that is observed. */
export function observationFindings(placed: PlacedRoute): readonly Finding[] {
  const { route, name, place, registry } = placed
  const { observedUntilMs: untilMs } = route
  if (untilMs === undefined) return []
  const at = `${place}/enforce`
  if (route.risk === 'high') {
    const message = `route ${name} is of high risk, and nothing is let in there unjudged`
    return [finding('route.observed-high-risk', at, { message, fix: 'leave enforce out' })]
  }
  const { nowMs } = registry
  if (nowMs === undefined || untilMs - nowMs > WARNED_BEFORE_MS) return []
  return [finding('route.observation-ends', at, textOf(name, untilMs - nowMs))]
}

function textOf(name: string, leftMs: number): { readonly message: string; readonly fix: string } {
  if (leftMs <= 0) {
    const message = `route ${name} is not observed any more: its day is over, and it enforces`
    return { message, fix: 'leave enforce out' }
  }
  const days = Math.ceil(leftMs / DAY_MS)
  const message = `route ${name} enforces by itself in ${days === 1 ? 'a day' : `${days} days`} at the latest`
  return {
    message,
    fix: 'look at what it would have refused; name a later day if that is not ready',
  }
}
