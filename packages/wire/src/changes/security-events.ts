/** The event URIs of CAEP 1.0 and RISC 1.0 that Freshet emits or accepts. */
export const SECURITY_EVENTS = {
  tokenClaimsChange: 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change',
  sessionRevoked: 'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  credentialChange: 'https://schemas.openid.net/secevent/caep/event-type/credential-change',
  accountDisabled: 'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
  accountEnabled: 'https://schemas.openid.net/secevent/risc/event-type/account-enabled',
  accountPurged: 'https://schemas.openid.net/secevent/risc/event-type/account-purged',
  credentialCompromise: 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise',
  /** Deprecated by RISC itself: accepted, never emitted. */
  riscSessionsRevoked: 'https://schemas.openid.net/secevent/risc/event-type/sessions-revoked',
} as const
