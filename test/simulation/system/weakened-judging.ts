import type { JudgeDependencies } from '@freshet/authority'
import type { ClaimMap, Subject } from '@freshet/protocol'
import { denialKey } from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'

const FOREVER_MS = 10 ** 9

/** Rule 15: the silence of cut-off sources does not count. */
export function cutOffsUnwatched(map: ClaimMap): ClaimMap {
  return { ...map, cutOffs: [] }
}

/** Rule 24: a claim depends on no other. */
export function derivedFromNothing(map: ClaimMap): ClaimMap {
  const claims = [...map.claims].map(([name, mapped]) => [name, { ...mapped, from: [] }] as const)
  return { ...map, claims: new Map(claims) }
}

/** Rule 16: no silence of a source is too long. */
export function noLease(map: ClaimMap): ClaimMap {
  const leasesMs = [...map.leasesMs.keys()].map((source) => [source, FOREVER_MS] as const)
  return { ...map, leasesMs: new Map(leasesMs) }
}

/** Rule 22: the authority judges by the mark of the token's row. */
export function byMarks(deps: JudgeDependencies, database: MemoryDatabase): JudgeDependencies {
  const { ledger } = deps
  return {
    ...deps,
    ledger: {
      find: (jti, issuer) => ledger.find(jti, issuer),
      async recheck(query) {
        const answer = await ledger.recheck(query)
        const marked = database.tokens.values().flatMap(({ tenant, jti, stale }) => {
          const key = denialKey({ tenant, kind: 'token', id: jti })
          return stale && query.denialKeys.includes(key) ? [[key, stale] as const] : []
        })
        return { ...answer, watermarks: new Map(), denials: new Map(marked) }
      },
    },
  }
}

/** Rule 22: the authority judges whatever the sources' silence. */
export function ownLeasesIgnored(deps: JudgeDependencies): JudgeDependencies {
  const { registry } = deps.loaded
  const sources = [...registry.sources].map(
    ([id, source]) => [id, { ...source, leaseMs: FOREVER_MS }] as const,
  )
  return {
    ...deps,
    loaded: { ...deps.loaded, registry: { ...registry, sources: new Map(sources) } },
  }
}

/** Rule 24: the actors of an actor are no parties of the token. */
export function presentActorAlone(
  parties: readonly [Subject, ...Subject[]],
): readonly [Subject, ...Subject[]] {
  const [subject, actor] = parties
  return actor === undefined ? [subject] : [subject, actor]
}

/** Rule 24: the actors of the subject are no parties of the token. */
export function subjectAlone(parties: readonly [Subject, ...Subject[]]): readonly [Subject] {
  return [parties[0]]
}
