import {
  CONTROL_PARTITION,
  FreshetError,
  partitionOf,
  type Revocation,
  type RevocationOrigin,
} from '@freshet/protocol'
import type { TestSettings } from './test-settings.ts'
import { TEST_IDP } from './test-token.ts'

/**
 * The object of a revocation. A subject with a claim loses values of that claim. A subject alone is disabled. A token is
 * denied by its id.
 */
export type TestRevocation =
  | { readonly subject: string; readonly claim?: string }
  | { readonly token: string }

/** The place and the time of the change behind a revocation. */
export interface TestChange {
  readonly id: string
  /** The offset of the change in the change topic. */
  readonly offset: bigint
  readonly nowMs: number
}

/**
 * Returns the revocation as a reconciler publishes it.
 *
 * @throws `config.invalid` for a claim that the feed does not have; `token.invalid`
 */
export function testRevocation(
  what: TestRevocation,
  { tenant, map }: TestSettings,
  { id, offset, nowMs }: TestChange,
): Revocation {
  const origin = (partition: number): RevocationOrigin => ({
    id: `set-${id}`,
    change: id,
    tenant,
    e: 1n,
    partition,
    occurredAtMs: nowMs,
    issuedAtMs: nowMs,
  })
  const control = origin(CONTROL_PARTITION)
  if ('token' in what)
    return { ...control, scope: 'denial', denial: 'token', target: idOf(what.token) }
  const subject = { tenant, iss: TEST_IDP, sub: what.subject }
  const watermark = offset + 1n
  if (what.claim === undefined)
    return { ...control, scope: 'account', subject, op: 'disabled', offset: watermark }
  if (!map.claims.has(what.claim)) {
    const known = [...map.claims.keys()].join(', ')
    throw new FreshetError('config.invalid', `claim: This feed has only ${known}.`)
  }
  const claims = new Map([[what.claim, { offset: watermark, values: null }]])
  return { ...origin(partitionOf(subject)), scope: 'subject', subject, claims }
}

function idOf(token: string): string {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    )
    const { jti } = payload as { readonly jti?: unknown }
    if (typeof jti === 'string') return jti
  } catch (cause) {
    throw new FreshetError('token.invalid', 'token: Pass the token itself.', { cause })
  }
  throw new FreshetError('token.invalid', 'token: The token has no id (jti).')
}
