/** Rules of issuers whose tokens carry no label of ours. */
export const issuerRules = {
  'foreign.twice': {
    severity: 'error',
    rule: 'The `iss` of foreign tokens is declared once: edges find an issuer by it.',
    remedy: 'Keep one entry for the issuer.',
  },
  'foreign.unknown-tenant': {
    severity: 'error',
    rule: 'The tenant of a foreign issuer is declared.',
    remedy: 'Declare the tenant under `tenants`, or name one that is.',
  },
  'foreign.unknown-audience': {
    severity: 'error',
    rule: 'Each audience that accepts foreign tokens is declared.',
    remedy: 'Declare the audience under `audiences`, or leave it out.',
  },
  'foreign.unknown-subjects': {
    severity: 'error',
    rule: 'Foreign tokens have subjects of an identity provider of the tenant: no source could send changes of others, so nothing would make their tokens stale.',
    remedy: 'Use the issuer of an identity provider of the tenant.',
  },
  'foreign.restricts': {
    severity: 'error',
    rule: 'No foreign token gives a claim that restricts: without the claim it would allow more.',
    remedy: 'Leave the claim out: edges call it unverified in tokens of the issuer.',
  },
  'foreign.unrestricted': {
    severity: 'warning',
    rule: 'An audience that accepts foreign tokens carries no restricting claim, or its routes ignore it: foreign tokens give none, so every request with one is unverified.',
    remedy: 'Give the tokens of the issuer another audience, or let the routes ignore the claim.',
  },
  'foreign.lives-too-long': {
    severity: 'error',
    rule: 'No foreign token lives longer than each of its claims allows.',
    remedy: 'Shorten `maxTtl` of the issuer, raise that of the claim, or leave the claim out.',
  },
  'foreign.keys': {
    severity: 'error',
    rule: 'The keys of a foreign issuer have one origin: a file, an address, or its metadata.',
    remedy: 'Give one of `keys`, `jwksUri` and `metadata`.',
  },
  'foreign.keys-address': {
    severity: 'error',
    rule: 'Published keys are read over https, or over http from this very machine, at an address without user and fragment; the issuer whose metadata names them is such an address, without query.',
    remedy: 'Correct the address, or give the keys as a file.',
  },
  'foreign.margin-too-short': {
    severity: 'warning',
    rule: 'A margin is at least 2s: clocks alone may be apart by that.',
    remedy: 'Make `margin` as long as the copy of the issuer may be late, and 2s more.',
  },
} as const
