import { FILES, NAMES, type Installation } from './installation.ts'

type Chosen = Pick<Installation, 'tenant' | 'idp' | 'idpIssuer'>

/** The registry of a new installation: one source, one claim, one audience, and two clients. */
export function newRegistry(chosen: Chosen, secretHash: string): string {
  return [
    HEAD,
    tenantsText(chosen),
    sourcesText(chosen),
    CLAIMS,
    AUDIENCES,
    clientsText(chosen, secretHash),
    OBJECTIVES,
  ].join('\n')
}

const HEAD = `\
# The source, the owner and the receivers of each claim. docs/registry.md explains every member.
# Services read this file at their first start. Later, \`freshet registry publish\` and \`activate\` put a
# change into force.

# The policy version. Raise it for each change that you publish.
version: 1
# The source that disables, enables and deletes accounts.
account: ${NAMES.source}
`

function tenantsText({ tenant, idp, idpIssuer }: Chosen): string {
  const published = `\
      # Its keys are read from its metadata. docs/providers.md has further members: audiences, azp, maxLife.
      - { issuer: '${idpIssuer}', metadata: openid-configuration }`
  const test = `\
      # A test provider: its private key is ${FILES.idpKey}. Your own provider publishes its keys:
      # - { issuer: 'https://login.example', metadata: openid-configuration }
      - { issuer: '${idpIssuer}', keys: ${FILES.idpJwks} }`
  return `\
tenants:
  ${tenant}:
    # The identity providers whose tokens the authority exchanges.
    identityProviders:
${idp === undefined ? test : published}
`
}

function sourcesText({ tenant }: Chosen): string {
  return `\
sources:
  # An identity source. Its name is in every change that it sends.
  ${NAMES.source}:
    owner: people-systems
    contact: oncall-people@${tenant}.example
    # The public keys. The source signs with the private key in ${FILES.sourceKey}.
    keys: ${FILES.sourceJwks}
    # The gateway numbers the events. A source that numbers them itself is dense.
    ordering: monotonic
    # The interval of heartbeats, and the time for which silence means no change.
    heartbeat: 1s
    lease: 5s
`
}

const CLAIMS = `\
claims:
  # The name of the claim in tokens.
  ${NAMES.claim}:
    source: ${NAMES.source}
    owner: iam
    description: Names of the groups of a subject.
    # Routes can require an authoritative claim. Its tokens become stale when a value is removed.
    kind: authoritative
    shape: set
    # The class of its changes in metrics and objectives.
    class: reduce
    # The longest life of a token that carries the claim.
    maxTtl: 10m
    # The decision while the source is silent.
    onUnverified: deny
`

const AUDIENCES = `\
audiences:
  # A protected service: the \`aud\` of its tokens.
  ${NAMES.audience}:
    claims: [${NAMES.claim}]
    ttl: 5m
    # The requirements of each route, which sidecars enforce.
    routes:
      'POST /approve': { require: { ${NAMES.claim}: [${NAMES.value}] } }
`

function clientsText({ tenant }: Chosen, secretHash: string): string {
  return `\
clients:
  # Requests tokens. Its secret is in ${FILES.clientSecret}. This is the SHA-256 in base64url.
  ${NAMES.client}:
    tenant: ${tenant}
    secretHash: ${secretHash}
    audiences: [${NAMES.audience}]
  # The sidecar: it asks the authority about high-risk requests, and signs its reports.
  ${NAMES.sidecar}:
    tenant: ${tenant}
    keys: ${FILES.sidecarJwks}
    introspects: [${NAMES.audience}]
`
}

const OBJECTIVES = `\
# The objective of each class: the share of changes that every edge applies within the time.
slo:
  reduce: { objective: 99.9%, within: 2s, window: 28d }
`
