import type { DatabaseLogin, MigrationPlan, PlannedStep } from '@freshet/postgres'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const COLUMNS: readonly Column<DatabaseLogin>[] = [
  { heading: 'PROCESS', of: ({ process }) => process },
  { heading: 'LOGIN', of: ({ login }) => login },
  { heading: 'ROLES', of: ({ roles }) => roles.join(', '), kind: 'free' },
  { heading: 'TABLES', of: (each) => (each.ownsTables ? 'owns them' : 'by its roles'), rank: 1 },
]

/** The logins as a table. */
export function loginsText(logins: readonly DatabaseLogin[], view: View = PLAIN_VIEW): string {
  return listOf(COLUMNS, logins, view)
}

/** The pending steps of a migration, each with its locks on tables that exist before it. */
export function migrationPlanText({ state, applied, pending }: MigrationPlan): string {
  const first = `${state}: ${applied} applied, ${pending.length} pending`
  return [first, ...pending.flatMap(stepLines)].join('\n')
}

function stepLines({ name, effect }: PlannedStep): readonly string[] {
  if (effect === undefined) return [`  ${name}: its locks were not measured`]
  const { additive, closed, readOnly, rewritten } = effect
  const kind = additive ? 'only adds' : 'changes rows, rules or rights'
  return [
    `  ${name}: ${kind}`,
    ...tablesLine('no reads or writes', closed),
    ...tablesLine('no writes', readOnly),
    ...tablesLine('copies all rows', rewritten),
  ]
}

function tablesLine(meaning: string, tables: readonly string[]): readonly string[] {
  return tables.length === 0 ? [] : [`    ${meaning}: ${tables.join(', ')}`]
}
