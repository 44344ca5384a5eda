import type { ClaimValue } from '../scope/scope.ts'
import type { ChangedValues } from './changed-values.ts'

/** The values that a change changed, as a role sees them: `null` in place of values that are masked. */
export interface ShownValues extends Omit<ChangedValues, 'lost' | 'gained'> {
  readonly lost: readonly ClaimValue[] | null
  readonly gained: readonly ClaimValue[] | null
}

/**
 * The values that a change took away and gave, like `− payments-approvers, + staff`. A viewer gets their numbers. It is
 * empty for a change that changed none.
 */
export function changedText(changed: ShownValues | null | undefined): string {
  if (!changed) return ''
  const { lost, lostCount, gained, gainedCount } = changed
  return [partOf('−', lost, lostCount), partOf('+', gained, gainedCount)].filter(Boolean).join(', ')
}

function partOf(sign: string, values: readonly ClaimValue[] | null, count: number): string {
  if (count === 0) return ''
  if (values === null) return `${sign} ${count} ${count === 1 ? 'value' : 'values'}`
  const more = count - values.length
  const shown = values.map((value) => `${sign} ${value}`).join(', ')
  return more === 0 ? shown : `${shown} and ${more} more`
}
