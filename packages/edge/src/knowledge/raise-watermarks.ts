import { scopeKey, type AppliedRevocation, type Scope } from '@freshet/protocol'
import type { WatermarkTable } from './watermark-table.ts'

/**
 * Raises every watermark of a revocation whose record is in this partition. Returns whether something
 * changed. `nowS` is monotonic seconds.
 */
export function raiseWatermarks(
  table: WatermarkTable,
  revocation: Exclude<AppliedRevocation, { readonly scope: 'denial' }>,
  partition: number,
  nowS: number,
): boolean {
  const { change, tenant } = revocation
  const e = exact(revocation.e)
  const raise = (scope: Scope, offset: bigint): boolean => {
    const raised = { tenant, key: scopeKey(scope), partition, e, offset: exact(offset), change }
    return table.raise(raised, nowS)
  }
  switch (revocation.scope) {
    case 'subject': {
      const { subject, claims } = revocation
      let changed = false
      for (const [claim, { offset }] of claims)
        if (raise({ kind: 'subject', subject, claim }, offset)) changed = true
      return changed
    }
    case 'account':
      return raise({ kind: 'account', subject: revocation.subject }, revocation.offset)
    case 'value': {
      const { claim, value, offset } = revocation
      return raise({ kind: 'value', tenant, claim, value }, offset)
    }
    case 'tenant':
      return raise({ kind: 'tenant', tenant: revocation.target }, revocation.offset)
    case 'client': {
      const { target, offset } = revocation
      return raise({ kind: 'client', tenant, client: target }, offset)
    }
  }
}

/** Typed arrays hold doubles. A larger value is held as infinite, which can only over-revoke. */
function exact(value: bigint): number {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : Number.POSITIVE_INFINITY
}
