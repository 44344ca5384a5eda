import { NOT_MEANT } from '../slo/alerts.ts'
import type { FindingRule } from './finding-rule.ts'
import { countOf } from './words.ts'

/** Findings about records that wait in the quarantine. */
export const quarantineHealth: Readonly<Record<'parkedMeant' | 'parkedNotMeant', FindingRule>> = {
  parkedMeant: {
    alert: 'parkedMeant',
    weight: 'not-fresh',
    effect: 'a removal among them is not in force',
    find: findParked(true, 'without effect'),
  },
  parkedNotMeant: {
    alert: 'parkedNotMeant',
    weight: 'degraded',
    effect: 'a sender did not prove itself, or a claim is not in the registry',
    find: findParked(false, 'unproven or not registered'),
  },
}

function findParked(isMeant: boolean, how: string): FindingRule['find'] {
  const remedy =
    'read the reasons with `freshet quarantine ls`, remove the cause, then replay or drop each record'
  return ({ parked }) => {
    const records = (parked?.counts ?? [])
      .filter(({ reason }) => NOT_MEANT.includes(reason) !== isMeant)
      .reduce((sum, count) => sum + count.records, 0)
    if (records === 0) return []
    const what = `${countOf(records, 'record')} in quarantine, ${how}`
    return [{ object: 'quarantine', what, remedy }]
  }
}
