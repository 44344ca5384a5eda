import {
  UNVERIFIED_SOURCES_MAX,
  type UnverifiedSource,
  type UnverifiedSources,
} from '@freshet/wire'

/**
 * The sources that any edge of a group cannot vouch for, each since its earliest time there. `undefined`: no edge
 * of the group reports them. The number of further sources is a lower bound.
 */
export function unverifiedInGroup(
  members: readonly { readonly unverified?: UnverifiedSources }[],
): UnverifiedSources | undefined {
  const known = members.flatMap(({ unverified }) => unverified ?? [])
  if (known.length === 0) return undefined
  const sources = new Map<string, UnverifiedSource>()
  for (const each of known.flatMap((one) => one.sources)) {
    const key = JSON.stringify([each.tenant, each.source])
    sources.set(key, earlier(sources.get(key), each))
  }
  const all = [...sources.values()]
  const most = known.reduce((max, { more }) => Math.max(max, more), 0)
  return {
    isOutOfView: known.some(({ isOutOfView }) => isOutOfView),
    sources: all.slice(0, UNVERIFIED_SOURCES_MAX),
    more: most + Math.max(0, all.length - UNVERIFIED_SOURCES_MAX),
  }
}

/** A source that never confirmed anything is the earliest. */
function earlier(known: UnverifiedSource | undefined, one: UnverifiedSource): UnverifiedSource {
  if (known?.sinceMs === undefined) return known ?? one
  return one.sinceMs === undefined || one.sinceMs < known.sinceMs ? one : known
}
