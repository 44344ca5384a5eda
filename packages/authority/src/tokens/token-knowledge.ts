import {
  claimsBehind,
  claimsMintedFor,
  CONTROL_PARTITION,
  denialKey,
  isWithinLease,
  OWN_SOURCE,
  partitionOf,
  scopeKey,
  scopesOf,
  sourcesBehind,
  type ClaimMap,
  type Denial,
  type JudgedToken,
  type Knowledge,
  type Trust,
} from '@freshet/protocol'
import type { RecheckAnswer, RecheckQuery } from '../mint/mint-store.ts'

/**
 * The data to read to judge claims of a token, by default those that it was minted for: every scope and
 * denial that can take them away, present in it or not (rule 24).
 */
export function recheckQueryOf(
  token: JudgedToken,
  map?: ClaimMap,
  claims: readonly string[] = claimsMintedFor(token),
): RecheckQuery {
  const behind = claims.flatMap((claim) => claimsBehind(map, claim))
  const scopes = scopesOf(token, [...new Set(behind)])
  return {
    tenant: token.tenant,
    partitions: partitionsOf(token),
    scopeKeys: scopes.map(({ scope }) => scopeKey(scope)),
    denialKeys: denialsOf(token).map(denialKey),
    sources: map === undefined ? [] : sourcesOf(map, claims),
  }
}

/** The data to read to judge several tokens of one tenant by one query. */
export function recheckQueryOfAll(tokens: readonly [JudgedToken, ...JudgedToken[]]): RecheckQuery {
  const [first, ...others] = tokens
  const own = recheckQueryOf(first)
  if (others.length === 0) return own
  const all = [own, ...others.map((each) => recheckQueryOf(each))]
  return {
    ...own,
    partitions: [...new Set(all.flatMap(({ partitions }) => partitions))],
    scopeKeys: [...new Set(all.flatMap(({ scopeKeys }) => scopeKeys))],
    denialKeys: [...new Set(all.flatMap(({ denialKeys }) => denialKeys))],
  }
}

function partitionsOf(token: JudgedToken): readonly number[] {
  const own = token.parties.map(({ subject }) => partitionOf(subject))
  return [...new Set([CONTROL_PARTITION, ...own])]
}

/** The denials that could name a token. */
export function denialsOf(
  token: Pick<JudgedToken, 'tenant' | 'kid' | 'issuer' | 'sid' | 'jti'>,
): readonly Denial[] {
  const { tenant, kid, issuer, sid, jti } = token
  const always = [
    { tenant, kind: 'key', id: kid },
    { tenant, kind: 'issuer', id: issuer },
    { tenant, kind: 'token', id: jti },
  ] as const
  return sid === undefined ? always : [...always, { tenant, kind: 'session', id: sid }]
}

function sourcesOf(map: ClaimMap, claims: readonly string[]): readonly string[] {
  const speaking = claims.flatMap((claim) => sourcesBehind(map, claim))
  return [...new Set([...speaking, map.account, ...map.cutOffs])]
}

/** The terms of judging a look: the claim map, the leases, and the wall time. */
export interface Terms {
  /** `undefined`: nothing can be fresh. */
  readonly map: ClaimMap | undefined
  readonly wallMs: number
}

/** The database's answer, in the form that `judge` needs (rule 22: watermarks and own leases). */
export function knowledgeOf(answer: RecheckAnswer, { map, wallMs }: Terms): Knowledge {
  return {
    map,
    minimumPv: Math.max(0, ...[...answer.partitions.values()].map((at) => at.minimumPv)),
    incarnation: (partition) => answer.partitions.get(partition)?.e,
    watermark: (scope) => answer.watermarks.get(scopeKey(scope)),
    denial: (denial) => answer.denials.get(denialKey(denial)),
    trust: (_tenant, source, partition) => {
      // Nothing waits unsent behind our own voice.
      if (source === OWN_SOURCE) return { fresh: true }
      const throughMs = answer.partitions.get(partition)?.throughMs.get(source) ?? null
      return trustOf(throughMs, map?.leasesMs.get(source), wallMs)
    },
  }
}

function trustOf(throughMs: number | null, leaseMs: number | undefined, wallMs: number): Trust {
  const isLive = leaseMs !== undefined && isWithinLease(throughMs, leaseMs, wallMs)
  if (isLive) return { fresh: true }
  return throughMs === null ? { fresh: false } : { fresh: false, sinceMs: throughMs }
}
