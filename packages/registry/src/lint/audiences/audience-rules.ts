/** Rules about audiences, their routes, and clients. */
export const audienceRules = {
  'ttl.above-maximum': {
    severity: 'error',
    rule: 'No token lives longer than each of its claims allows.',
    remedy: 'Shorten `ttl`, raise `maxTtl` of the claim, or leave the claim out.',
  },
  'audience.unused-claim': {
    severity: 'warning',
    rule: 'An audience whose routes are declared carries no authoritative claim that none of them, and no scope, requires.',
    remedy: 'Leave the claim out, or declare the route or scope that needs it.',
  },
  'audience.too-large': {
    severity: 'error',
    rule: 'The claims of an audience fit into a token of 8 KiB, with all the bytes that their `maxBytes` and that of the audience allow.',
    remedy: 'Carry fewer claims, lower their `maxBytes`, or give the audience one of its own.',
  },
  'audience.broad-bundle': {
    severity: 'error',
    rule: 'Tokens carry at most 4 KiB of grants, by the `maxBytes` of their claims and of the audience, unless the authority judges each request to every route of the audience.',
    remedy: 'Carry fewer claims, lower their `maxBytes`, or give every route `risk: high`.',
  },
  'scope.unknown': {
    severity: 'error',
    rule: 'A scope of a client is one of an audience that the client can have tokens for.',
    remedy: 'Add the scope to `scopes` of the audience, or leave it out.',
  },
  'scope.from-restriction': {
    severity: 'error',
    rule: 'A scope is derived from claims that grant: a restriction tightens when a value is added, so the scope would outlive it.',
    remedy: 'Require a claim with `polarity: grant`.',
  },
  'grant.descriptive': {
    severity: 'error',
    rule: 'No route or scope requires a descriptive claim: it is shown, and grants nothing.',
    remedy: 'Require an authoritative claim.',
  },
  'grant.not-carried': {
    severity: 'error',
    rule: 'Tokens for an audience carry the claims that its routes and scopes require.',
    remedy: 'Add the claim to the `claims` of the audience, or require another.',
  },
  'grant.unlisted': {
    severity: 'error',
    rule: 'A route or scope requires only values that the claim can have by its `values` and its `pattern`.',
    remedy: 'Let the claim have the value, or require another.',
  },
  'grant.wildcard': {
    severity: 'warning',
    rule: 'Required values are compared whole: `*` stands for itself.',
    remedy: 'List the values that are required.',
  },
  'route.unmatchable': {
    severity: 'error',
    rule: 'A route is a method in capitals, one space and a path, as `POST /approve`: requests are compared with exactly that, without their query.',
    remedy: 'Write the route in that form.',
  },
  'route.pattern': {
    severity: 'warning',
    rule: 'Paths are compared whole: `*`, `:id` and `{id}` stand for themselves.',
    remedy:
      'Declare each path, or put the requirements of the route into the configuration of the proxy.',
  },
  'route.nobody-validates': {
    severity: 'warning',
    rule: 'An audience whose requests the authority must judge has a client that `introspects` it: the authority answers no other client, so every such request would be denied.',
    remedy: 'Let a client of the resource server introspect the audience.',
  },
  'route.observed-high-risk': {
    severity: 'error',
    rule: 'A high-risk route is always enforced: only the authority’s answer about the request allows it.',
    remedy: 'Leave `enforce` out, or observe the route with normal risk first.',
  },
  'route.observation-ends': {
    severity: 'warning',
    rule: 'A route that is observed has more than a week to go: after its day it enforces by itself.',
    remedy: 'Look at what it would have refused, then leave `enforce` out or name a later day.',
  },
  'route.ignores-no-restriction': {
    severity: 'error',
    rule: 'A route ignores only claims that restrict and that tokens for its audience carry.',
    remedy:
      'Name an authoritative claim of the audience with `polarity: restrict`, or leave `ignores` out.',
  },
  'route.ignores-restriction': {
    severity: 'warning',
    rule: 'Every restricting claim of an audience binds all of its routes.',
    remedy:
      'Agree with the owner of the claim that it does not concern the route, or leave `ignores` out.',
  },
  'client.unknown-tenant': {
    severity: 'error',
    rule: 'The tenant of a client is declared.',
    remedy: 'Declare the tenant under `tenants`, or name one that is.',
  },
  'client.unknown-audience': {
    severity: 'error',
    rule: 'The audiences of a client are declared.',
    remedy: 'Declare the audience under `audiences`, or leave it out.',
  },
  'client.unknown-issuer': {
    severity: 'error',
    rule: 'The subject of a client belongs to an identity provider of its tenant: no source could send changes of another.',
    remedy: 'Use the issuer of an identity provider of the tenant.',
  },
  'probe.mixed': {
    severity: 'error',
    rule: 'The name `freshet-probe` is reserved for probes: its audience carries claims of its source, which no other audience carries, and its clients belong to its tenant.',
    remedy: 'Keep tenant, source and audience `freshet-probe` together, and real ones out of them.',
  },
  'client.unknown-party': {
    severity: 'error',
    rule: 'An identity provider of the tenant accepts each audience or authorised party that a client presents.',
    remedy: 'Add the name to `audiences` or `azp` of the identity provider, or leave it out.',
  },
  'client.authentication': {
    severity: 'error',
    rule: 'A client has one way to authenticate; of two, the weaker would count.',
    remedy: 'Give it either `secretHash` or `keys`.',
  },
  'limit.outruns-edges': {
    severity: 'warning',
    rule: 'The limits of revocations leave room at every edge: each revoked token takes one of the 120,000 places of its tenant until 10 s after its `exp`.',
    remedy:
      'Lower `limits.revoke` of the client or the tenant, or the `ttl` of its audiences. Beyond the places the whole tenant is unverified. Several authorities multiply the limits.',
  },
  'client.edges-without-keys': {
    severity: 'error',
    rule: 'A client that signs for edges has keys: without them, no report of these edges can count.',
    remedy: 'Give it `keys`, or leave `edges` out.',
  },
  'client.shared-edges': {
    severity: 'error',
    rule: 'No two clients sign for the same edge.',
    remedy: 'Give each client names of its own. A `*` stands for every name that begins so.',
  },
} as const
