import type { Slo } from '@freshet/protocol/slo'
import type { Labels } from './rule.ts'

/** The service that the objectives are about. */
const SERVICE = 'freshet'

/** The labels by which boards made for sloth find an objective. */
export function sloLabels({ name }: Pick<Slo, 'name'>): Labels {
  return { sloth_id: `${SERVICE}-${name}`, sloth_service: SERVICE, sloth_slo: name }
}

/** The same as a selector, without its braces. */
export function sloSelector(slo: Pick<Slo, 'name'>): string {
  return Object.entries(sloLabels(slo))
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')
}

/** The window of a budget as Prometheus writes it: weeks where it is whole ones. */
export function periodOf({ windowDays }: Pick<Slo, 'windowDays'>): string {
  return windowDays % 7 === 0 ? `${windowDays / 7}w` : `${windowDays}d`
}
