import {
  scopeKey,
  type DenialRevocation,
  type Revocation,
  type RevocationOrigin,
  type Scope,
} from '@freshet/domain'
import type { RaisedWatermark } from './watermark-table.ts'

/** The watermarks that a revocation raises. `partition` is where its record stands. */
export function watermarksOf(
  revocation: Exclude<Revocation, DenialRevocation>,
  partition: number,
): readonly RaisedWatermark[] {
  const { tenant } = revocation
  const raise = (scope: Scope, offset: bigint): RaisedWatermark =>
    raised(revocation, partition, scope, offset)
  switch (revocation.scope) {
    case 'subject': {
      const { subject, claims } = revocation
      return [...claims].map(([claim, { offset }]) =>
        raise({ kind: 'subject', subject, claim }, offset),
      )
    }
    case 'account':
      return [raise({ kind: 'account', subject: revocation.subject }, revocation.offset)]
    case 'value': {
      const { claim, value, offset } = revocation
      return [raise({ kind: 'value', tenant, claim, value }, offset)]
    }
    case 'tenant':
      return [raise({ kind: 'tenant', tenant: revocation.target }, revocation.offset)]
    case 'client':
      return [raise({ kind: 'client', tenant, client: revocation.target }, revocation.offset)]
  }
}

function raised(
  { e, change }: RevocationOrigin,
  partition: number,
  scope: Scope,
  offset: bigint,
): RaisedWatermark {
  return { key: scopeKey(scope), partition, e: exact(e), offset: exact(offset), change }
}

/** Typed arrays hold doubles. What does not fit is held as infinite, which can only over-revoke. */
function exact(value: bigint): number {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : Number.POSITIVE_INFINITY
}
