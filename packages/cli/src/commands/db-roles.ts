import type { Command } from '@commander-js/extra-typings'
import type { DatabaseLogin, DatabaseUser } from '@freshet/postgres'
import { CliError } from '../cli-error.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_FORMATS,
  OUTPUT_HELP,
  show,
} from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { loginsText } from '../output/stack/database-text.ts'
import type { Shell } from '../shell.ts'
import { collect, oneOf } from './arguments.ts'

const LOGIN_HELP =
  'login of a process, such as gateway=gw@project.iam; repeat the option for several; default: freshet_PROCESS'
const ROLES_FORMATS = [...OUTPUT_FORMATS, 'sql'] as const

/** Adds `freshet db roles` to the commands of `freshet db`. */
export function addDatabaseRoles(db: Command, shell: Shell): void {
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
