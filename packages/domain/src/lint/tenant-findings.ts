import type { IdentityProvider } from '../registry.ts'
import { finding, pointer, type Finding } from './finding.ts'
import type { ReadableRegistry } from './readable-registry.ts'

/** @internal What is wrong with the identity providers of the tenants. */
export function tenantFindings({ tenants }: ReadableRegistry): readonly Finding[] {
  const filesOf = new Map<string, string>()
  return [...tenants.values()].flatMap(({ id, identityProviders }) => {
    const here = new Set<string>()
    return identityProviders.flatMap((provider, at) => {
      const place = `${pointer('tenants', id)}/identityProviders/${at}`
      const found = here.has(provider.issuer)
        ? [again(`${place}/issuer`, provider)]
        : otherFile(filesOf.get(provider.issuer), provider, place)
      here.add(provider.issuer)
      if (!filesOf.has(provider.issuer)) filesOf.set(provider.issuer, provider.keys)
      return found
    })
  })
}

function again(place: string, { issuer }: IdentityProvider): Finding {
  const message = `issuer ${issuer} is named again in its tenant`
  return finding('issuer.twice', place, { message, fix: 'keep one entry for it' })
}

/** Keys are found by issuer, so that those of one tenant would count for the other. */
function otherFile(
  known: string | undefined,
  { issuer, keys }: IdentityProvider,
  place: string,
): readonly Finding[] {
  if (known === undefined || known === keys) return []
  const message = `issuer ${issuer} has another key file in another tenant`
  const fix = `name the same file in both, as ${known}`
  return [finding('issuer.twice', `${place}/keys`, { message, fix })]
}
