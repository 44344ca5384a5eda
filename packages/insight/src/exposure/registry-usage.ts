import { diffRegistries, type PolicyDifference } from '@freshet/registry/diff'
import type { Registry } from '@freshet/protocol'
import { dayOf, startOfDay } from '@freshet/protocol/usage'
import { usageOf, withoutUnused, type AudienceUsage } from '@freshet/registry'
import type { ExposureStore, UsedSince } from './exposure-store.ts'

/** Uses are kept for so many days. */
export const USAGE_DAYS_MAX = 90

/** The audiences' use of their claims over some days, and the claims that they do not need. */
export interface RegistryUsage {
  readonly days: number
  readonly audiences: readonly MeasuredAudience[]
  /** The differences of a registry without the unused claims. */
  readonly differences: readonly PolicyDifference[]
}

/** The usage of an audience, and since when it was measured. */
export interface MeasuredAudience extends AudienceUsage {
  /** The first of the days asked for on which a decision was counted; `null`: on none. */
  readonly sinceMs: number | null
  /** Routes by claim, with what edges counted. */
  readonly routes: readonly UsedSince[]
}

/** Returns the use of claims by each audience of the registry on the last days, including today. */
export async function registryUsage(
  store: Pick<ExposureStore, 'uses'>,
  registry: Registry,
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
): Promise<RegistryUsage> {
  const used = await store.uses({ fromDay: dayOf(nowMs) - days + 1 })
  const usage = usageOf(registry, used)
  const audiences = usage.map((audience) => {
    const routes = used.filter((each) => each.audience === audience.audience)
    const since = Math.min(...routes.map(({ sinceDay }) => sinceDay))
    return { ...audience, sinceMs: routes.length === 0 ? null : startOfDay(since), routes }
  })
  return { days, audiences, differences: diffRegistries(registry, withoutUnused(registry, usage)) }
}
