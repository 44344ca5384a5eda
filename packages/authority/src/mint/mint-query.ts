import {
  namesStated,
  statementsOf,
  type Audience,
  type Denial,
  type Registry,
} from '@freshet/protocol'
import type { MintQuery } from './mint-store.ts'

/** The members of an order that decide what is read for it. */
export interface QueriedOrder {
  readonly tenant: string
  /** The subject first, then its actors. */
  readonly parties: MintQuery['parties']
  readonly audience: Pick<Audience, 'claims'>
  readonly sid?: string
  readonly denials?: readonly Denial[]
}

/** Our own names, which a denial can name. */
export interface OwnNames {
  readonly kids: readonly string[]
  readonly issuer: string
}

/** Returns the question to the store that a mint decides by. */
export function mintQuery(
  order: QueriedOrder,
  registry: Registry,
  { kids, issuer }: OwnNames,
): MintQuery {
  const { tenant, parties, audience, sid, denials = [] } = order
  const claims = audience.claims.flatMap((name) => registry.claims.get(name) ?? [])
  const speaking = claims.flatMap(statementsOf).map(({ source }) => source)
  // The token id is not among them: it is random and made after the decision, so no denial can name it.
  const shown: readonly Denial[] = [
    { tenant, kind: 'issuer', id: issuer },
    ...(sid === undefined ? [] : [{ tenant, kind: 'session', id: sid } as const]),
    ...kids.map((id) => ({ tenant, kind: 'key', id }) as const),
  ]
  return {
    tenant,
    parties,
    claims: namesStated(registry, audience.claims),
    sources: [...new Set([...speaking, registry.account, ...registry.cutOffs])],
    denials: [...shown, ...denials],
  }
}
