import { PROBE_NAME } from '@freshet/protocol/slo'
import type { Document } from 'yaml'

/** Name of the key of the identity provider that only probes have. */
export const PROBE_IDP = 'probe-idp'

/** The file of its public half that the copy of a registry names. */
export const PROBE_IDP_KEYS: string = `keys/${PROBE_IDP}.jwks.json`

const CLAIM = 'probe'
const LEASE = { ordering: 'monotonic', heartbeat: '1s', lease: '5s' }
const OWNED = { owner: 'sre', contact: 'sre@freshet.example' }

/**
 * Adds the tenant, source, claims, audience and client of probes, unless the registry has its own: a claim for each class
 * that has an objective, since a probe is measured in the class of its claim. None without an objective.
 */
export function addProbes(document: Document): void {
  const { slo } = document.toJS() as { readonly slo?: Readonly<Record<string, unknown>> }
  const classes = Object.keys(slo ?? {})
  if (classes.length === 0 || document.hasIn(['tenants', PROBE_NAME])) return
  const issuer = 'https://probes.freshet.example'
  const add = (part: string, name: string, entry: object): void =>
    document.setIn([part, name], document.createNode(entry))
  add('tenants', PROBE_NAME, { identityProviders: [{ issuer, keys: PROBE_IDP_KEYS }] })
  add('sources', PROBE_NAME, { ...OWNED, keys: `keys/${PROBE_NAME}.jwks.json`, ...LEASE })
  const claims = classes.map((named, index) => (index === 0 ? CLAIM : `${CLAIM}-${named}`))
  for (const [index, claim] of claims.entries()) add('claims', claim, claimOf(classes[index]))
  const routes = Object.fromEntries(
    claims.map((claim) => [`GET /${claim}`, { require: { [claim]: ['granted'] } }]),
  )
  add('audiences', PROBE_NAME, { claims, ttl: '1m', routes })
  const secretHash = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
  add('clients', PROBE_NAME, { tenant: PROBE_NAME, secretHash, audiences: [PROBE_NAME] })
}

function claimOf(measured: string | undefined): object {
  return {
    source: PROBE_NAME,
    owner: OWNED.owner,
    description: 'Given to probes and taken from them.',
    kind: 'authoritative',
    shape: 'set',
    class: measured,
    maxTtl: '5m',
    onUnverified: 'deny',
  }
}
