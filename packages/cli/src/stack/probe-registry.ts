import { PROBE_NAME } from '@freshet/protocol/slo'
import { isMap, type Document } from 'yaml'
import { PROBE_IDP } from './key-files.ts'

/** The file of its public half that the copy of a registry names. */
export const PROBE_IDP_KEYS: string = `keys/${PROBE_IDP}.jwks.json`

const CLAIM = 'probe'
const LEASE = { ordering: 'monotonic', heartbeat: '1s', lease: '5s' }
const OWNED = { owner: 'sre', contact: 'sre@freshet.example' }

/**
 * Adds the tenant, source, claims, audience and client of probes, unless the registry has its own: a claim for each class
 * that has an objective, since a probe is measured in the class of its claim. None without an objective. The secret of the
 * client is known by its hash.
 */
export function addProbes(document: Document, secretHash: string): void {
  const { slo } = document.toJS() as { readonly slo?: Readonly<Record<string, unknown>> }
  const classes = Object.keys(slo ?? {})
  if (classes.length === 0 || document.hasIn(['tenants', PROBE_NAME])) return
  const issuer = 'https://probes.freshet.example'
  const add = (part: keyof typeof COMMENTS, name: string, entry: object): void => {
    const pair = document.createPair(name, entry)
    pair.key.commentBefore = COMMENTS[part]
    const map = document.get(part)
    if (isMap(map)) map.add(pair)
    else document.set(part, document.createNode({ [name]: entry }))
  }
  add('tenants', PROBE_NAME, { identityProviders: [{ issuer, keys: PROBE_IDP_KEYS }] })
  add('sources', PROBE_NAME, { ...OWNED, keys: `keys/${PROBE_NAME}.jwks.json`, ...LEASE })
  const claims = classes.map((named, index) => (index === 0 ? CLAIM : `${CLAIM}-${named}`))
  for (const [index, claim] of claims.entries()) add('claims', claim, claimOf(classes[index]))
  const routes = Object.fromEntries(
    claims.map((claim) => [`GET /${claim}`, { require: { [claim]: ['granted'] } }]),
  )
  add('audiences', PROBE_NAME, { claims, ttl: '1m', routes })
  add('clients', PROBE_NAME, { tenant: PROBE_NAME, secretHash, audiences: [PROBE_NAME] })
}

/** The purpose of each part of probes. */
const COMMENTS = {
  tenants: ' The probes of the console: docs/health.md.',
  sources:
    ' The console, which probes. The account source also sends heartbeats in the tenant of probes.',
  claims: ' One claim for each class with an objective.',
  audiences: ' Receives the tokens of probes alone.',
  clients: ' Requests the tokens of probes.',
} as const

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
