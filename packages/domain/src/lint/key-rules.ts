/** Of the key files that a registry names. They are not checked with `--no-keys`. */
export const keyRules = {
  'keys.missing': {
    severity: 'error',
    rule: 'Each key file that is named is there, relative to the registry file.',
    remedy: 'Put the JWKS with the public keys there, or correct the path.',
  },
  'keys.unreadable': {
    severity: 'error',
    rule: 'A key file is a JWKS (RFC 7517) whose keys have a `kid` and one of ES256, EdDSA and RS256 as `alg`.',
    remedy: 'Export the public keys as a JWKS; `freshet keys gen` writes one.',
  },
  'keys.private': {
    severity: 'error',
    rule: 'A key file holds public keys alone.',
    remedy: 'Replace the private key: it has been where others read. Then publish its public half.',
  },
  'keys.empty': {
    severity: 'warning',
    rule: 'A key file holds a key: without one, nothing is accepted that is signed for it.',
    remedy: 'Add a public key, or leave it so to mute whoever it is for.',
  },
  'keys.shared': {
    severity: 'error',
    rule: 'No two sources have a key in common: each could sign as the other.',
    remedy: 'Give each source a key pair of its own.',
  },
} as const
