import type { JudgedToken, Label, Subject } from '@freshet/protocol'
import { signToken } from '@freshet/testing/parts'
import { encodeFreshetClaim, type SigningKey } from '@freshet/wire'
import { ACME_IDP } from '../acme-registry.ts'

/** Issuer and audience of the tokens in `edgeWorld`. */
export const EDGE_ISSUER = 'https://tokens.acme.example'
export const EDGE_AUDIENCE = 'payments'

/** alice of acme, by her identity provider. */
export const ALICE: Subject = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }

/** The members of a token that differ from the world's defaults. */
export interface TokenPlan {
  readonly label?: Label
  readonly pv?: number
  readonly header?: Readonly<Record<string, unknown>>
  readonly omitted?: JudgedToken['omitted']
  readonly scopedBy?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: SigningKey
}

/** A token of alice that was minted then, signed by `key` unless the plan names another one. */
export function tokenOf(plan: TokenPlan, jti: string, nowMs: number, key: SigningKey): string {
  const { label = { e: 1n, s: 100n, c: 100n }, pv = 1, omitted, scopedBy } = plan
  const { tenant, iss } = ALICE
  const iat = Math.floor(nowMs / 1_000)
  const signing = plan.key ?? key
  const payload = {
    iss: EDGE_ISSUER,
    sub: ALICE.sub,
    aud: EDGE_AUDIENCE,
    iat,
    exp: iat + 300,
    jti,
    client_id: 'payments-web',
    groups: ['payments-approvers', 'staff'],
    freshet: encodeFreshetClaim(
      label,
      { pv, tenant, ...(omitted && { omitted }), ...(scopedBy && { scopedBy }) },
      iss,
    ),
    ...plan.claims,
  }
  return signToken(
    { typ: 'at+jwt', alg: 'ES256', kid: signing.kid, ...plan.header },
    payload,
    signing,
  )
}
