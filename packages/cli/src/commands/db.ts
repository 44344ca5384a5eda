import type { Command } from '@commander-js/extra-typings'
import type { Database } from '@freshet/postgres'
import { databaseUrlOf } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import type { Shell } from '../shell.ts'

/** `freshet db …`: the schema of DATABASE_URL, else of the dev stack. */
export function addDatabaseCommands(program: Command, shell: Shell): void {
  const db = program.command('db').description('the schema of DATABASE_URL, else of the dev stack')
  db.command('migrate')
    .description('bring the schema up to this build')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output }) => {
      const applied = await withDatabase(shell, ({ migrate }, database) => migrate(database))
      const text = (): string => applied.map((name) => `applied ${name}`).join('\n') || 'current'
      show(shell, output, { data: { applied }, text })
    })
  db.command('status')
    .description('compare the schema with this build; exit code 10 unless it is current')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output }) => {
      const status = await withDatabase(shell, (postgres, database) =>
        postgres.migrationStatus(database),
      )
      const { state, applied, pending } = status
      const lines = [
        `${state}: ${applied.length} applied, ${pending.length} pending`,
        ...pending.map((name) => `  pending ${name}`),
      ]
      show(shell, output, { data: status, text: () => lines.join('\n') })
      if (state !== 'current') throw new Negative(EXIT.unhealthy)
    })
}

type Postgres = typeof import('@freshet/postgres')

async function withDatabase<T>(
  shell: Shell,
  work: (postgres: Postgres, database: Database) => Promise<T>,
): Promise<T> {
  const url = await databaseUrlOf(shell)
  const postgres = await import('@freshet/postgres')
  const database = postgres.createDatabase({ url, applicationName: 'freshet-cli', max: 1 })
  try {
    return await work(postgres, database)
  } finally {
    await database.close()
  }
}
