import type { Command } from '@commander-js/extra-typings'
import type {
  Database,
  RowSecurity,
  DatabaseLogin,
  DatabaseUser,
  MigrationPlan,
  PlannedStep,
} from '@freshet/postgres'
import { keptText, RETENTION, type Retention } from '@freshet/protocol'
import { CliError } from '../cli-error.ts'
import { databaseUrlOf, printTarget } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import {
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
  type OutputFormat,
  NO_HEADERS_HELP,
  OUTPUT_FORMATS,
} from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { withProgress } from '../output/progress.ts'
import { listOf, type Column } from '../output/table.ts'
import { PLAIN_VIEW, type View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { collect, oneOf } from './arguments.ts'

/** `freshet db …`: the schema of DATABASE_URL, else of the dev stack. */
export function addDatabaseCommands(program: Command, shell: Shell): void {
  const db = program
    .command('db')
    .description('manage the schema of DATABASE_URL, or of the dev stack')
  addDatabaseRoles(db, shell)
  db.command('migrate')
    .description('migrate the schema to this build')
    .option('--dry-run', 'print the pending steps and their locks; change nothing')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, dryRun }) => {
      if (dryRun === true) return showPlan(shell, output)
      const applied = await withProgress(shell, 'migrating the schema', () =>
        withDatabase(shell, ({ migrate }, on) => migrate(on), 'migrate'),
      )
      const text = (): string => applied.map((name) => `applied ${name}`).join('\n') || 'current'
      await show(shell, output, { data: { applied }, text })
    })
  db.command('status')
    .description(
      'compare the schema with this build; exit code 10 if it is outdated or has open rights',
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output }) => {
      const status = await withDatabase(shell, async (postgres, database) => ({
        ...(await postgres.migrationStatus(database)),
        rowSecurity: await postgres.rowSecurity(database),
      }))
      const { state, applied, pending } = status
      const lines = [
        `${state}: ${applied.length} applied, ${pending.length} pending`,
        ...pending.map((name) => `  pending ${name}`),
        securityLine(status.rowSecurity),
        ...retentionLines(),
      ]
      const data = { ...status, retention: RETENTION }
      await show(shell, output, { data, isProse: true, text: () => lines.join('\n') })
      const { open, unfit } = status.rowSecurity
      const isClosed = open.length === 0 && unfit.length === 0
      if (!['current', 'expanded'].includes(state) || !isClosed) throw new Negative(EXIT.unhealthy)
    })
}

async function showPlan(shell: Shell, output: OutputFormat): Promise<void> {
  const plan = await withDatabase(shell, ({ planMigration }, database) => planMigration(database))
  await show(shell, output, {
    data: plan,
    items: plan.pending,
    text: () => migrationPlanText(plan),
  })
}

function retentionLines(): readonly string[] {
  const kinds: readonly Retention[] = Object.values(RETENTION)
  return kinds.map((kind) => `  kept: ${kind.tables.join(', ')}: ${keptText(kind)}`)
}

function securityLine({ open, unfit, loginPasses }: RowSecurity): string {
  const wrong = [
    ...open.map((table) => `${table} is open`),
    ...unfit.map((role) => `${role} is unfit`),
  ]
  if (wrong.length > 0) return `rows of tenants are not closed to one another: ${wrong.join(', ')}`
  const login = loginPasses ? '; this login could pass it' : ''
  return `rows of tenants are closed to one another by row-level security, forced${login}`
}

type Postgres = typeof import('@freshet/postgres')

async function withDatabase<T>(
  shell: Shell,
  work: (postgres: Postgres, database: Database) => Promise<T>,
  does: 'read' | 'migrate' = 'read',
): Promise<T> {
  const url = await databaseUrlOf(shell)
  if (does === 'migrate') await printTarget(shell, withoutLogin(url))
  const postgres = await import('@freshet/postgres')
  // `freshet doctor` finds a migration by its name.
  const applicationName = does === 'migrate' ? postgres.MIGRATION_APPLICATION : 'freshet-cli'
  const database = postgres.createDatabase({ url, applicationName, max: 1 })
  try {
    return await work(postgres, database)
  } finally {
    await database.close()
  }
}

/** The host and name of a database, without login and password. */
function withoutLogin(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const LOGIN_HELP =
  'login of a process, such as gateway=gw@project.iam; repeat the option for several; default: freshet_PROCESS'
const ROLES_FORMATS = [...OUTPUT_FORMATS, 'sql'] as const

/** Adds `freshet db roles` to the commands of `freshet db`. */
function addDatabaseRoles(db: Command, shell: Shell): void {
  db.command('roles')
    .description(
      'print the login and roles of each process, or with -o sql the SQL that creates them; asks no database',
    )
    .option('--login <process=name>', LOGIN_HELP, collect, [])
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}, sql`, oneOf(ROLES_FORMATS), 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, login }) => {
      const items = await loginsOf(login)
      if (output === 'sql') {
        const { rolesSql } = await import('@freshet/postgres')
        return shell.out(`${rolesSql(items)}\n`)
      }
      await show(shell, output, {
        data: { items },
        items,
        headers,
        text: (view) => loginsText(items, view),
      })
    })
}

async function loginsOf(given: readonly string[]): Promise<readonly DatabaseLogin[]> {
  const { PROCESSES_WITH_LOGIN, planLogins } = await import('@freshet/postgres')
  const names = new Map<DatabaseUser, string>()
  for (const text of given) {
    const [, word, name = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? []
    const process = PROCESSES_WITH_LOGIN.find((each) => each === word)
    if (process === undefined) {
      throw new CliError('usage', `--login ${printable(text)} is not PROCESS=NAME.`, {
        why: `processes are ${PROCESSES_WITH_LOGIN.join(', ')}`,
      })
    }
    names.set(process, name)
  }
  return planLogins(names)
}

const COLUMNS: readonly Column<DatabaseLogin>[] = [
  { heading: 'PROCESS', of: ({ process }) => process },
  { heading: 'LOGIN', of: ({ login }) => login },
  { heading: 'ROLES', of: ({ roles }) => roles.join(', '), kind: 'free' },
  { heading: 'TABLES', of: (each) => (each.ownsTables ? 'owns them' : 'by its roles'), rank: 1 },
]

/** The logins as a table. */
function loginsText(logins: readonly DatabaseLogin[], view: View = PLAIN_VIEW): string {
  return listOf(COLUMNS, logins, view)
}

/** The pending steps of a migration, each with its locks on tables that exist before it. */
function migrationPlanText({ state, applied, pending }: MigrationPlan): string {
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
