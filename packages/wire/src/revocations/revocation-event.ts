import type { AccountOp, ClaimValue, Revocation } from '@freshet/protocol'
import { SECURITY_EVENTS } from '../changes/security-events.ts'

/** The part of a revocation that every CAEP and RISC reader understands. */
export interface StandardEvent {
  readonly subject: { readonly format: string; readonly [member: string]: unknown }
  readonly uri: string
  readonly members: Readonly<Record<string, unknown>>
}

const accountEvents: Readonly<Record<AccountOp, string>> = {
  disabled: SECURITY_EVENTS.accountDisabled,
  enabled: SECURITY_EVENTS.accountEnabled,
  deleted: SECURITY_EVENTS.accountPurged,
  'sessions-revoked': SECURITY_EVENTS.sessionRevoked,
  'credential-changed': SECURITY_EVENTS.credentialChange,
  'credential-compromised': SECURITY_EVENTS.credentialCompromise,
}

/** Sources do not send which credential it was, and both profiles require the member. */
const anyCredential = { credential_type: 'unspecified' }

const accountMembers: Readonly<Record<AccountOp, Readonly<Record<string, unknown>>>> = {
  disabled: {},
  enabled: {},
  deleted: {},
  'sessions-revoked': reason('sessions revoked by the account source'),
  'credential-changed': {
    ...anyCredential,
    change_type: 'update',
    ...reason('credential changed, says the account source'),
  },
  'credential-compromised': {
    ...anyCredential,
    ...reason('credential compromised, says the account source'),
  },
}

/** Returns the CAEP or RISC event of a revocation; `issuer` is the issuer of the tokens. */
export function standardEvent(revocation: Revocation, issuer: string): StandardEvent {
  switch (revocation.scope) {
    case 'subject':
      return claimsChange(issSub(revocation.subject), valuesOf(revocation))
    case 'value':
      return claimsChange(complex(revocation.tenant), { [revocation.claim]: null })
    case 'account':
      return {
        subject: issSub(revocation.subject),
        uri: accountEvents[revocation.op],
        members: accountMembers[revocation.op],
      }
    case 'tenant':
      return sessionRevoked(complex(revocation.tenant), 'tenant cut off')
    case 'client':
      return sessionRevoked(
        complex(revocation.tenant, { application: opaque(revocation.target) }),
        'client cut off',
      )
    case 'denial':
      return sessionRevoked(deniedSubject(revocation, issuer), `${revocation.denial} denied`)
  }
}

function claimsChange(
  subject: StandardEvent['subject'],
  claims: Readonly<Record<string, unknown>>,
): StandardEvent {
  return { subject, uri: SECURITY_EVENTS.tokenClaimsChange, members: { claims } }
}

function sessionRevoked(subject: StandardEvent['subject'], why: string): StandardEvent {
  return { subject, uri: SECURITY_EVENTS.sessionRevoked, members: reason(why) }
}

/**
 * `null` for a claim: only the time of the change is published. Readers fetch the values from the authority.
 */
function valuesOf({
  claims,
  timesMs = new Map(),
}: Extract<Revocation, { scope: 'subject' }>): Record<string, readonly ClaimValue[] | null> {
  const names = [...new Set([...claims.keys(), ...timesMs.keys()])]
  return Object.fromEntries(names.map((name) => [name, claims.get(name)?.values ?? null]))
}

/** SSF lets parties agree on further members of a complex subject: ours are `key` and `issuer`. */
function deniedSubject(
  { tenant, denial, target }: Extract<Revocation, { scope: 'denial' }>,
  issuer: string,
): StandardEvent['subject'] {
  if (denial === 'token') return { format: 'jwt_id', iss: issuer, jti: target }
  return complex(tenant, { [denial]: opaque(target) })
}

function complex(tenant: string, members: object = {}): StandardEvent['subject'] {
  return { format: 'complex', tenant: opaque(tenant), ...members }
}

function opaque(id: string): object {
  return { format: 'opaque', id }
}

function issSub({ iss, sub }: { iss: string; sub: string }): StandardEvent['subject'] {
  return { format: 'iss_sub', iss, sub }
}

function reason(text: string): Readonly<Record<string, unknown>> {
  return { reason_admin: { en: text } }
}
