import type { ChangeJson } from '@freshet/insight/answers'
import { changedText } from '@freshet/protocol'

/** The operation of a change, its claim and the changed values, like `remove groups (− payments-approvers)`. */
export function operationOf({
  kind,
  op,
  claim,
  changed,
}: Pick<ChangeJson, 'kind' | 'op' | 'claim' | 'changed'>): string {
  const values = changedText(changed)
  return [op ?? kind, claim, values && `(${values})`].filter(Boolean).join(' ')
}
