/** Rules of the key files that a registry names. They are not checked with `--no-keys`. */
export const keyRules = {
  'keys.missing': {
    severity: 'error',
    rule: 'Each key file that is named is there, relative to the registry file.',
    remedy: 'Put the JWKS with the public keys there, or correct the path.',
  },
  'keys.unreadable': {
    severity: 'error',
    rule: 'A key file is a JWKS (RFC 7517) in which at least one key verifies signatures: it has a `kid`, and is for ES256, RS256 (2048 bits or more) or EdDSA.',
    remedy: 'Export the public keys as a JWKS; `freshet keys gen` writes one.',
  },
  'keys.passed-over': {
    severity: 'note',
    rule: 'Each key of a key file verifies signatures. Other keys are passed over: those with another `use` than `sig`, with `key_ops` without `verify`, without `kid`, or of a kind or algorithm that this build does not know. So are two different keys with one `kid`, both of them. A key without `alg` has the algorithm of its kind.',
    remedy:
      'Leave such keys there: they verify nothing, and they disturb no other key. Give each key a `kid` of its own.',
  },
  'keys.private': {
    severity: 'error',
    rule: 'A key file holds public keys alone.',
    remedy:
      'Replace the private key, because other people could read it in this file. Then publish the public half of the new key.',
  },
  'keys.empty': {
    severity: 'warning',
    rule: 'A key file holds a key: without one, nothing is accepted that is signed for it.',
    remedy: 'Add a public key, or leave it empty to block the owner of the file.',
  },
  'keys.shared': {
    severity: 'error',
    rule: 'No two sources have a key in common: each could sign as the other.',
    remedy: 'Give each source a key pair of its own.',
  },
  'keys.same-kid': {
    severity: 'warning',
    rule: 'No two sources have keys of one `kid`. A gateway finds the key of a signed body by its `kid`, and tries at most 4 sources.',
    remedy: 'Name each key after its source and its date; `freshet keys gen` does so.',
  },
} as const
