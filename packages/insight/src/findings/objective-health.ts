import type { SloJson } from '../answers/slo.ts'
import type { FindingRule } from './finding-rule.ts'

/** Findings about the error budgets of objectives. */
export const objectiveHealth: Readonly<
  Record<'budgetFast' | 'budgetSlow' | 'budgetSpent', FindingRule>
> = {
  budgetFast: {
    alert: 'budgetFast',
    weight: 'degraded',
    effect: 'a large part of its error budget is used up within hours',
    find: findSlos(({ alert }) => alert === 'page', 'burns its budget'),
  },
  budgetSlow: {
    alert: 'budgetSlow',
    weight: 'degraded',
    effect: 'its error budget is used up before the window ends',
    find: findSlos(({ alert }) => alert === 'ticket', 'burns its budget'),
  },
  // It has no alert, and does not change the verdict: the budget burned before, and stays spent for the window.
  budgetSpent: {
    alert: null,
    weight: 'note',
    effect: 'the objective is missed in this window',
    find: findSlos(
      ({ alert, state }) => alert === null && state === 'breached',
      'has spent its budget',
    ),
  },
}

function findSlos(isMeant: (slo: SloJson) => boolean, what: string): FindingRule['find'] {
  const remedy =
    'run `freshet slo report --burn`, then `freshet change explain ID` for a late change'
  return ({ slos = [] }) =>
    slos.filter(isMeant).map(({ name: object }) => ({ object, what: `${object} ${what}`, remedy }))
}
