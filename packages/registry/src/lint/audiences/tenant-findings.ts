import {
  IDENTITY_TOKEN_LIFE_CEILING_MS,
  partiesOf,
  type IdentityProvider,
  type Tenant,
} from '@freshet/protocol'
import { writtenDuration } from '../../diff/difference.ts'
import { finding, pointer, type Finding } from '../finding.ts'
import { keyOriginFindings, type KeyOriginRules } from '../sources/key-origin-findings.ts'
import type { ReadableRegistry } from '../readable-registry.ts'
import { repeats } from '../reference-findings.ts'

const KEY_RULES: KeyOriginRules = { origin: 'provider.keys', address: 'provider.keys-address' }

/** @internal What is wrong with the identity providers of the tenants. */
export function tenantFindings(registry: ReadableRegistry): readonly Finding[] {
  const { tenants } = registry
  const known = new Map<string, IdentityProvider>()
  return [...tenants.values()].flatMap((tenant) => {
    const { id, identityProviders } = tenant
    const here = new Set<string>()
    return identityProviders.flatMap((provider, at) => {
      const place = `${pointer('tenants', id)}/identityProviders/${at}`
      const found = here.has(provider.issuer)
        ? [again(`${place}/issuer`, provider)]
        : otherKeys(known.get(provider.issuer), provider, place)
      here.add(provider.issuer)
      if (!known.has(provider.issuer)) known.set(provider.issuer, provider)
      return [
        ...found,
        ...keyOriginFindings({ name: provider.issuer, ...provider }, place, KEY_RULES),
        ...repeats(provider.audiences ?? [], `${place}/audiences`),
        ...repeats(provider.azp ?? [], `${place}/azp`),
        ...livesTooLong(provider, place),
        ...unpresented(registry, { tenant, provider, place }),
      ]
    })
  })
}

function again(place: string, { issuer }: IdentityProvider): Finding {
  const message = `issuer ${issuer} is named again in its tenant`
  return finding('issuer.twice', place, { message, fix: 'keep one entry for it' })
}

/** Keys are found by issuer, so that those of one tenant would count for the other. */
function otherKeys(
  known: IdentityProvider | undefined,
  { issuer, keys, published }: IdentityProvider,
  place: string,
): readonly Finding[] {
  if (known === undefined) return []
  const isSame = JSON.stringify([known.keys, known.published]) === JSON.stringify([keys, published])
  if (isSame) return []
  const message = `issuer ${issuer} has its keys from elsewhere in another tenant`
  const from = known.keys ?? known.published?.jwksUri ?? known.published?.metadata ?? 'that one'
  const fix = `name the same origin in both, as ${from}`
  return [finding('issuer.twice', `${place}${keys === undefined ? '' : '/keys'}`, { message, fix })]
}

function livesTooLong(
  { issuer, maxLifeMs = 0 }: IdentityProvider,
  place: string,
): readonly Finding[] {
  if (maxLifeMs <= IDENTITY_TOKEN_LIFE_CEILING_MS) return []
  const message = `tokens of ${issuer} could be exchanged for longer than a day`
  const fix = `use at most ${writtenDuration(IDENTITY_TOKEN_LIFE_CEILING_MS)}`
  return [finding('provider.lives-too-long', `${place}/maxLife`, { message, fix })]
}

interface ProviderAt {
  readonly tenant: Tenant
  readonly provider: IdentityProvider
  readonly place: string
}

/** A token that was made for a client there is exchanged by a client here that names the other one. */
function unpresented(
  { clients }: ReadableRegistry,
  { tenant, provider, place }: ProviderAt,
): readonly Finding[] {
  const { audiences = [], issuer } = provider
  if (audiences.length === 0) return []
  const presented = new Set(
    [...clients.values()].flatMap((client) =>
      client.tenant === tenant.id ? (client.presents ?? []) : [],
    ),
  )
  if (partiesOf(provider).some((party) => presented.has(party))) return []
  const message = `no client of tenant ${tenant.id} presents tokens of ${issuer} for these audiences`
  const fix = 'add the audience, or the azp, to `presents` of the client that exchanges them'
  return [finding('provider.unpresented', `${place}/audiences`, { message, fix })]
}
