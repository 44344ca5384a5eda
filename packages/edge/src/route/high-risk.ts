import type { RoutePolicy } from './route-policy.ts'

/** Returns whether the authority must judge each request, whatever the edge knows. */
export function isHighRisk({ risk, route }: Pick<RoutePolicy, 'risk' | 'route'>): boolean {
  return risk === 'high' || route !== undefined
}
