import type { SloJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'

/** The state of an objective: red only if the alert of its budget pages. */
export function SloBadge({ slo }: { readonly slo: Pick<SloJson, 'state' | 'alert'> }): JSX.Element {
  return slo.alert === 'page' ? <Badge word={slo.state} tone="bad" /> : <Badge word={slo.state} />
}
