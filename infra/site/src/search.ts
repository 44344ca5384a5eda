/** Paths that the search leaves out: exports of packages, measurements, and what only contributors read. */
const LEFT_OUT = [
  'reference/api/',
  'docs/benchmarks',
  'docs/decisions/',
  'docs/simulation',
  'packages/',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'STYLE.md',
]

/** Terms by which people look for a page and which the page itself does not have. */
const TERMS: Readonly<Record<string, string>> = {
  'SECURITY.md': 'threat model, attack, trust boundaries, vulnerability',
  'docs/audit.md': 'audit log, audit trail',
  'docs/change-events.md':
    'revoke a user, revoke the access of a user, log out, logout, offboarding, disable an account, webhook',
  'docs/concepts.md': 'introduction, overview',
  'docs/connect.md': 'Keycloak, LDAP, CSV, LDIF, admin events, connector, sync',
  'docs/features.md': 'versus, alternatives, introspection, opaque tokens, compare',
  'docs/frameworks.md': 'Nest, GraphQL, middleware',
  'docs/kafka.md': 'Kafka ACL, ACLs, MSK, Confluent, Redpanda, SASL, SCRAM',
  'docs/keys.md': 'rotate keys, key rotation, JWKS, KMS',
  'docs/minting.md': 'minimum claims, token exchange, token lifetime, TTL',
  'docs/model.md': 'multi-tenant, multi-tenancy, isolation of customers',
  'docs/production.md': 'install, self-hosted, deploy',
  'docs/providers.md': 'Okta groups, Azure AD, Google, OpenID Connect, SSO',
  'docs/python.md': 'FastAPI, Starlette, Django, Flask, ASGI, WSGI',
  'docs/recovery.md': 'restore a backup, disaster recovery, RPO, RTO',
  'docs/retention.md': 'GDPR, delete a user, delete personal data, right to be forgotten',
  'docs/routes.md': 'roll out, observe mode, report only, dry run, emergency access, break glass',
  'docs/sdk.md': 'WebSocket, SSE, streaming, JWT library, verify a token',
  'docs/sizing.md': 'performance, capacity, cost, TCO, CPU, memory, throughput',
  'docs/scim.md': 'Okta, Entra, Azure AD, provisioning',
  'docs/outbox.md': 'Postgres, trigger, transactional outbox, view, SQL',
  'docs/sources.md': 'connector, SCIM, LDAP, Debezium, outbox, HR system',
  'docs/upgrade.md': 'upgrade, downgrade, versions, migrate',
  'infra/compose/README.md': 'docker compose, docker-compose, podman',
  'services/sidecar/README.md':
    'Istio, Kong, nginx, Envoy, Traefik, Caddy, ext_authz, forward auth',
}

/** The figures that `infra/run/benchmarks-page.mjs` puts into a page. */
const FIGURES = /<!-- figures:[\s\S]*<!-- end of figures -->/

/**
 * Returns the text of a page for the search, without figures of measurements. Its terms come twice after its first
 * heading, so they outrank a mention.
 */
export function searched(path: string, html: string): string {
  if (LEFT_OUT.some((start) => path.startsWith(start))) return ''
  const terms = TERMS[path]
  const text = html.replace(FIGURES, '')
  return terms === undefined ? text : text.replace('</h1>', `</h1><p>${terms}, ${terms}</p>`)
}

/**
 * Ranks guides before references, and ignores the common terms of questions. The browser gets the source of both
 * functions, so they use nothing outside themselves.
 */
export const SEARCH = {
  boost: { title: 2, text: 2, titles: 1 },
  boostDocument: (id: string): number => {
    if (id.startsWith('/reference/')) return 0.25
    return /^\/docs\/(?:console|evidence|glossary|protocol|registry)/.test(id) ? 0.5 : 1
  },
  processTerm: (term: string): string | undefined => {
    const word = term.toLowerCase()
    const isCommon = /^(?:an?|by|can|do|does|for|how|i|in|is|it|my|of|on|the|to|what|why|with)$/
    return isCommon.test(word) ? undefined : word
  },
}
