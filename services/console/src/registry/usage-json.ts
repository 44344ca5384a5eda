import type { UsageAnswer } from '@freshet/insight/answers'
import type { MeasuredAudience, RegistryUsage } from '@freshet/insight'

/** The audiences' use of their claims, in the form of the API. Days are those of UTC. */
export function usageJson({
  days,
  audiences,
  differences,
}: RegistryUsage): Omit<UsageAnswer, 'apiVersion'> {
  return { days, items: audiences.map(audienceJson), differences }
}

function audienceJson({
  audience,
  sinceMs,
  claims,
  routes,
}: MeasuredAudience): UsageAnswer['items'][number] {
  return {
    audience,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString().slice(0, 10),
    claims,
    routes: routes.map(({ audience: _audience, sinceDay: _sinceDay, ...use }) => use),
  }
}
