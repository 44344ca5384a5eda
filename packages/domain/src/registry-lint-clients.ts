import { pointer, type Finding } from './registry-finding.ts'
import type { Client, Registry } from './registry.ts'

/** What is wrong with the clients of a registry. */
export function clientFindings(registry: Registry): readonly Finding[] {
  return [...registry.clients.values()].flatMap((client) => [
    ...unknownTenant(registry, client),
    ...notOneAuthentication(client),
    ...unknownIssuer(registry, client),
    ...unknownAudiences(registry, client, 'audiences'),
    ...unknownAudiences(registry, client, 'introspects'),
  ])
}

function unknownTenant(registry: Registry, { id, tenant }: Client): readonly Finding[] {
  if (registry.tenants.has(tenant)) return []
  return [
    {
      code: 'client.unknown-tenant',
      place: `${pointer('clients', id)}/tenant`,
      message: `no tenant is called ${tenant}`,
      fix: `declare ${tenant} under tenants`,
    },
  ]
}

/** With two ways, the weaker would be the one that counts. */
function notOneAuthentication({ id, secretHash, keys }: Client): readonly Finding[] {
  if ((secretHash === undefined) !== (keys === undefined)) return []
  return [
    {
      code: 'client.authentication',
      place: pointer('clients', id),
      message: `client ${id} has ${keys === undefined ? 'no' : 'more than one'} way to authenticate`,
      fix: 'give it either secretHash or keys',
    },
  ]
}

/** No source could speak of such a subject. */
function unknownIssuer(registry: Registry, { id, tenant, subject }: Client): readonly Finding[] {
  const providers = registry.tenants.get(tenant)?.identityProviders ?? []
  if (subject === undefined || providers.some(({ issuer }) => issuer === subject.iss)) return []
  return [
    {
      code: 'client.unknown-issuer',
      place: `${pointer('clients', id)}/subject/iss`,
      message: `the subject of client ${id} is of no identity provider of its tenant`,
      fix: `use the issuer of an identity provider of tenant ${tenant}`,
    },
  ]
}

function unknownAudiences(
  registry: Registry,
  client: Client,
  member: 'audiences' | 'introspects',
): readonly Finding[] {
  return client[member].flatMap((audience, index) => {
    if (registry.audiences.has(audience)) return []
    return [
      {
        code: 'client.unknown-audience' as const,
        place: `${pointer('clients', client.id)}/${member}/${index}`,
        message: `no audience is called ${audience}`,
        fix: `declare ${audience} under audiences, or leave it out`,
      },
    ]
  })
}
