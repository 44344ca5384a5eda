import { diffRegistries } from '@freshet/registry/diff'
import type { Registry } from '@freshet/protocol'
import { dayOf, startOfDay } from '@freshet/protocol/usage'
import { formatRfc3339 } from '@freshet/wire'
import { usageOf, withoutUnused } from '@freshet/registry'
import type { UsageAnswer } from '../answers/registry.ts'
import type { ExposureStore } from './exposure-store.ts'

/** Uses are kept for so many days. */
export const USAGE_DAYS_MAX = 90

/** The audiences' use of their claims over some days, and the differences of a registry without the unused ones. */
export type RegistryUsage = Omit<UsageAnswer, 'apiVersion'>

/** Returns the use of claims by each audience of the registry on the last days, including today. */
export async function registryUsage(
  store: Pick<ExposureStore, 'uses'>,
  registry: Registry,
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
): Promise<RegistryUsage> {
  const used = await store.uses({ fromDay: dayOf(nowMs) - days + 1 })
  const usage = usageOf(registry, used)
  const items = usage.map(({ audience, claims }) => {
    const own = used.filter((each) => each.audience === audience)
    const since = Math.min(...own.map(({ sinceDay }) => sinceDay))
    const routes = own.map(({ audience: _audience, sinceDay: _sinceDay, ...use }) => use)
    return { audience, since: own.length === 0 ? null : dateOf(since), claims, routes }
  })
  return { days, items, differences: diffRegistries(registry, withoutUnused(registry, usage)) }
}

/** `2026-11-24` of a day of UTC. */
function dateOf(day: number): string {
  return formatRfc3339(startOfDay(day)).slice(0, 10)
}
