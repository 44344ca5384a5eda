import type { AuditEntry } from '@freshet/wire'
import { ownChangeId } from '@freshet/intake'
import type { CutOffRequest } from './cut-off-request.ts'

/**
 * The audit entry of an order, with its admin; the id is that of the change that carries it out. Activations
 * are kept with their order, and a value is withdrawn by its source alone.
 */
export function orderedEntries(
  order: CutOffRequest,
  by: string,
  atMs: number,
): readonly AuditEntry[] {
  if (order.op !== 'cut-off' && order.op !== 'deny') return []
  const { op, tenant, scope, target } = order
  const statement =
    order.op === 'deny'
      ? ({ kind: 'deny', scope: order.scope, target } as const)
      : ({ kind: 'cut-off', scope: order.scope, target, order: order.order ?? '' } as const)
  const { confirm, reason } = order
  const why = { ...(reason !== undefined && { reason }), ...(confirm && { confirmed: true }) }
  const detail = { op, scope, target, ...why }
  return [{ kind: 'cut-off-ordered', atMs, tenant, ref: ownChangeId(statement), by, detail }]
}
