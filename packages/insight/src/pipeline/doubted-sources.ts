import { ACCOUNT_CLAIM, concernedBy, statedClaims, type Registry } from '@freshet/protocol'

/** A stored state that is in doubt for every subject of a tenant, or of one of its identity providers. */
export interface WholeDoubt {
  readonly tenant: string
  /** The identity provider; `null`: the whole tenant. */
  readonly issuer: string | null
  /** The name of the stored state; `ACCOUNT_CLAIM`: all accounts. */
  readonly claim: string
  /** The id of the oldest change that raised the doubt, and its append; `null` if the log does not have it any more. */
  readonly change: string | null
  readonly sinceMs: number | null
}

/** A source that must state claims, or all accounts, before they count again. */
export interface DoubtedSource extends Omit<WholeDoubt, 'claim'> {
  readonly source: string
  readonly claims: readonly string[]
  /** All accounts are in doubt too. */
  readonly hasAccounts: boolean
  /** Its newest snapshot has not ended and is not open: an activation ended it. */
  readonly isVoided: boolean
}

/** The tenants and sources whose newest snapshot an activation ended. */
export interface VoidedFeed {
  readonly tenant: string
  readonly source: string
  readonly isVoided?: true
}

/** Groups doubts by the source that ends them. Claims that the registry does not name any more are left out. */
export function doubtedSources(
  doubts: readonly WholeDoubt[],
  feeds: readonly VoidedFeed[],
  registry: Registry,
): readonly DoubtedSource[] {
  const owners = new Map(statedClaims(registry).map(({ name, source }) => [name, source]))
  owners.set(ACCOUNT_CLAIM, registry.account)
  const bySource = new Map<string, WholeDoubt[]>()
  for (const doubt of doubts.toSorted((a, b) => ageOf(a) - ageOf(b))) {
    const { tenant, issuer, claim } = doubt
    const source = owners.get(claim)
    if (source === undefined) continue
    const key = JSON.stringify([tenant, issuer, source])
    const its = bySource.get(key) ?? []
    its.push(doubt)
    bySource.set(key, its)
  }
  return [...bySource.values()].flatMap((its) => {
    const [oldest] = its
    if (oldest === undefined) return []
    const source = owners.get(oldest.claim) ?? ''
    const { tenant, issuer, change, sinceMs } = oldest
    const claims = its.filter(({ claim }) => claim !== ACCOUNT_CLAIM)
    return [
      {
        tenant,
        issuer,
        source,
        claims: [...new Set(claims.map(({ claim }) => concernedBy(claim)))].toSorted(),
        hasAccounts: claims.length < its.length,
        isVoided: feeds.some(
          (feed) => feed.isVoided && feed.tenant === tenant && feed.source === source,
        ),
        change,
        sinceMs,
      },
    ]
  })
}

function ageOf({ sinceMs }: WholeDoubt): number {
  return sinceMs ?? Number.NEGATIVE_INFINITY
}
