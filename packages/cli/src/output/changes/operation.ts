import type { ChangeJson } from '@freshet/insight/answers'

/** The operation of a change and its claim, like `remove groups`. */
export function operationOf({
  kind,
  op,
  claim,
}: Pick<ChangeJson, 'kind' | 'op' | 'claim'>): string {
  return [op ?? kind, claim].filter(Boolean).join(' ')
}
