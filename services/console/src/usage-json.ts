import type { MeasuredAudience, RegistryUsage } from '@freshet/observatory'

/** How audiences used their claims, as the API gives it. Days are those of UTC. */
export function usageJson({ days, audiences, differences }: RegistryUsage): object {
  return { days, items: audiences.map(audienceJson), differences }
}

function audienceJson({ audience, sinceMs, claims, routes }: MeasuredAudience): object {
  return {
    audience,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString().slice(0, 10),
    claims,
    routes: routes.map(({ audience: _audience, sinceDay: _sinceDay, ...use }) => use),
  }
}
