import type { ForeignIssuer } from '@freshet/protocol'
import { ACME_IDP } from '../acme-registry.ts'

/** An issuer of foreign tokens: they give `groups` under the name `roles`, of subjects of acme. */
export function foreignIssuer(more: Partial<ForeignIssuer> = {}): ForeignIssuer {
  return {
    name: 'sts',
    issuer: 'https://sts.partner.example',
    tenant: 'acme',
    keys: 'keys/sts.jwks.json',
    audiences: ['payments'],
    claims: new Map([['groups', 'roles']]),
    subjects: { iss: ACME_IDP, sub: 'sub' },
    marginMs: 5_000,
    maxTtlMs: 300_000,
    rfc9068: false,
    ...more,
  }
}
