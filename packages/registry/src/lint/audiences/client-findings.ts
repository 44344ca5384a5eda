import { haveNameInCommon, partiesOfTenant, type Client } from '@freshet/protocol'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats, unknownName } from '../reference-findings.ts'
import { clientScopeFindings } from './scope-findings.ts'

/** @internal What is wrong with the clients. */
export function clientFindings(registry: LintedParts): readonly Finding[] {
  return [...registry.clients.values()].flatMap((client) => {
    const place = pointer('clients', client.id)
    const { tenant: name } = client
    return [
      ...unknownName(registry, {
        code: 'client.unknown-tenant',
        part: 'tenants',
        name,
        place: `${place}/tenant`,
      }),
      ...notOneAuthentication(client, place),
      ...unknownIssuer(registry, client, place),
      ...audiencesOf(registry, client.audiences, `${place}/audiences`),
      ...audiencesOf(registry, client.introspects, `${place}/introspects`),
      ...clientScopeFindings(registry, client, `${place}/scopes`),
      ...unknownParties(registry, client, `${place}/presents`),
      ...edgesOf(registry, client, `${place}/edges`),
    ]
  })
}

/** Finds edges that two clients sign for: each client could keep out the other. */
function edgesOf(
  { clients }: ReadableRegistry,
  { id, keys, edges = [] }: Client,
  at: string,
): readonly Finding[] {
  const before = [...clients.keys()].slice(0, [...clients.keys()].indexOf(id))
  const shared = edges.flatMap((pattern, i) => {
    const other = before.find((name) =>
      clients.get(name)?.edges?.some((each) => haveNameInCommon(each, pattern)),
    )
    if (other === undefined) return []
    const message = `client ${other} signs for edges that ${pattern} stands for, too`
    const fix = 'give each client names of its own'
    return [finding('client.shared-edges', `${at}/${i}`, { message, fix })]
  })
  if (edges.length === 0 || keys !== undefined) return [...shared, ...repeats(edges, at)]
  const message = `client ${id} has no keys, so no report of its edges can count`
  const text = { message, fix: 'give it keys, or leave edges out' }
  return [finding('client.edges-without-keys', at, text), ...shared, ...repeats(edges, at)]
}

function audiencesOf(
  registry: LintedParts,
  names: readonly string[],
  at: string,
): readonly Finding[] {
  return [
    ...names.flatMap((name, i) =>
      unknownName(registry, {
        code: 'client.unknown-audience',
        part: 'audiences',
        name,
        place: `${at}/${i}`,
      }),
    ),
    ...repeats(names, at),
  ]
}

/** It would exchange nothing by that name. */
function unknownParties(
  { tenants }: ReadableRegistry,
  { id, tenant: name, presents = [] }: Client,
  at: string,
): readonly Finding[] {
  const tenant = tenants.get(name)
  if (tenant === undefined) return []
  const parties = partiesOfTenant(tenant)
  const unknown = presents.flatMap((party, i) => {
    if (parties.has(party)) return []
    const message = `client ${id} presents tokens of ${party}, which no identity provider of tenant ${name} accepts`
    const fix = 'add it to `audiences` or `azp` of the identity provider, or leave it out'
    return [finding('client.unknown-party', `${at}/${i}`, { message, fix })]
  })
  return [...unknown, ...repeats(presents, at)]
}

/** With two ways, the weaker would be the one that counts. */
function notOneAuthentication({ id, secretHash, keys }: Client, place: string): readonly Finding[] {
  if ((secretHash === undefined) !== (keys === undefined)) return []
  const message = `client ${id} has ${keys === undefined ? 'no' : 'more than one'} way to authenticate`
  const fix = 'give it either secretHash or keys'
  return [finding('client.authentication', place, { message, fix })]
}

/** No source could send changes of such a subject. */
function unknownIssuer(
  { tenants }: ReadableRegistry,
  { id, tenant: name, subject }: Client,
  place: string,
): readonly Finding[] {
  const tenant = tenants.get(name)
  if (tenant === undefined || subject === undefined) return []
  if (tenant.identityProviders.some(({ issuer }) => issuer === subject.iss)) return []
  const message = `the subject of client ${id} is of no identity provider of its tenant`
  const fix = `use the issuer of an identity provider of tenant ${name}`
  return [finding('client.unknown-issuer', `${place}/subject/iss`, { message, fix })]
}
