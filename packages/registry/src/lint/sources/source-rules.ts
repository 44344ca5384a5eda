/** Rules of sources, tenants and their authority. */
export const sourceRules = {
  'owner.missing': {
    severity: 'error',
    rule: 'Every source and every claim has an owner.',
    remedy: 'Name the team that answers for it.',
  },
  'source.unknown': {
    severity: 'error',
    rule: 'Each named source is declared under `sources`.',
    remedy: 'Declare the source, or name one that is.',
  },
  'source.reserved': {
    severity: 'error',
    rule: 'No source is called `freshet`: that is the voice of the product itself.',
    remedy: 'Give the source another name.',
  },
  'source.heartbeat-slower-than-lease': {
    severity: 'error',
    rule: 'A source sends more than one heartbeat within its lease.',
    remedy: 'Make `heartbeat` a fraction of `lease`.',
  },
  'source.lease-too-short': {
    severity: 'warning',
    rule: 'A lease is at least 2s: silence is published once a second, and a lease must outlast one that is late.',
    remedy: 'Make `lease` 2s or longer; 5s is usual.',
  },
  'source.sweeps-unasked': {
    severity: 'warning',
    rule: 'A full statement that leaves out every claim of its source needs a confirmation: an export that broke off looks the same.',
    remedy: 'Make `maxSweep` less than 100%; 20% is the default.',
  },
  'source.speaks-for-itself': {
    severity: 'error',
    rule: 'A source is not in its own `onBehalfOf`, which lists others.',
    remedy: 'Remove its own name, or name the source that was meant.',
  },
  'source.speaks-of-nothing': {
    severity: 'warning',
    rule: 'A source has a purpose: a claim, the accounts, cut-offs or the tokens of an issuer.',
    remedy: 'Declare a claim of it, or remove the source and its keys.',
  },
  'connect.unknown': {
    severity: 'error',
    rule: 'The tenant of an upstream system is declared under `tenants`.',
    remedy: 'Declare the tenant, or name one that is.',
  },
  'connect.dense': {
    severity: 'error',
    rule: 'The gateway numbers the events of a source with an upstream system.',
    remedy: 'Write `ordering: monotonic`.',
  },
  'connect.lease': {
    severity: 'error',
    rule: 'The lease of a source is at least twice the time in which its upstream system shows a commit: `settle` and `interval`.',
    remedy: 'Make `lease` longer. Make `settle` shorter only if the upstream system is quicker.',
  },
  'connect.claim': {
    severity: 'error',
    rule: 'An upstream system gives claims of its own source alone.',
    remedy: 'Leave the claim out, or make the source that of the claim.',
  },
  'connect.account': {
    severity: 'error',
    rule: 'Only the account source sends the state of accounts.',
    remedy: 'Leave `account` out, or name the source as `account` at the top.',
  },
  'connect.address': {
    severity: 'error',
    rule: 'The address of an upstream system is one of its kind, without a password. Another machine is reached by TLS alone, and a file has an absolute path.',
    remedy: 'Correct the address. Put secrets into the folder FRESHET_CONNECT_SECRETS.',
  },
  'issuer.twice': {
    severity: 'error',
    rule: 'An issuer is named once in a tenant, and has its keys from the same place in every tenant: keys are found by issuer.',
    remedy: 'Keep one entry for the issuer, with one origin of its keys.',
  },
  'provider.keys': {
    severity: 'error',
    rule: 'The keys of an identity provider have one origin: a file, an address, or its metadata.',
    remedy: 'Give one of `keys`, `jwksUri` and `metadata`.',
  },
  'provider.keys-address': {
    severity: 'error',
    rule: 'The authority reads published keys over https, or over http from this very machine, at an address without user and fragment. An issuer whose metadata names them is such an address, without query.',
    remedy: 'Correct the address, or give the keys as a file.',
  },
  'provider.lives-too-long': {
    severity: 'error',
    rule: 'No token of an identity provider can be exchanged for longer than a day. The authority refuses more than its FRESHET_TOKEN_LIFE_MAX_MS, too.',
    remedy: 'Shorten `maxLife`, and the life of ID tokens at the identity provider.',
  },
  'provider.unpresented': {
    severity: 'warning',
    rule: 'A client of the tenant presents the tokens that an identity provider makes for its own clients: no other client can exchange them.',
    remedy:
      'Add the audience, or the authorised party, to `presents` of the client that exchanges the tokens.',
  },
  'list.repeats': {
    severity: 'warning',
    rule: 'A list names each thing once.',
    remedy: 'Remove the repetition, or correct the name that was meant.',
  },
  'break-glass.too-long': {
    severity: 'error',
    rule: 'A break-glass grant lasts a day at most: what is needed for longer is a change of the policy.',
    remedy: 'Make `breakGlass.maxFor` a day or shorter; an hour is usual.',
  },
  'guard.holds-nothing': {
    severity: 'warning',
    rule: 'A guard of cut-offs is below 100%, because a cut-off cannot affect more than all tokens of a tenant. A source with a limit of removals states a claim.',
    remedy: 'Use the share above which an admin must confirm, as `20%`, or leave it out.',
  },
} as const
