import type { Command } from '@commander-js/extra-typings'
import type { CheckResult } from '../doctor/check.ts'
import type { DoctorOptions } from '../doctor/target.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { doctorText } from '../output/doctor-text.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import type { Shell } from '../shell.ts'

const API_VERSION = 'freshet.dev/v1'

/** `freshet doctor`: what is wrong, what that means, and what to do about it. */
export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command('doctor')
    .description('check everything, and name each fault with its fix; exit code 10 if there is one')
    .option('--registry <file>', 'the registry; default: that of the dev stack')
    .option('--issuer <url>', 'the authority’s issuer; default: that of the dev stack')
    .option('--gateway <url>', 'a gateway; default: that of the dev stack')
    .option('--development', 'one broker serves; so it is for the dev stack anyway')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async ({ output, ...options }) => {
      const items = await examine(shell, options)
      const healthy = items.every(({ outcome }) => outcome !== 'failed')
      const data = { apiVersion: API_VERSION, healthy, checks: items }
      show(shell, output, { data, items, text: () => doctorText(items, shell.colors) })
      if (!healthy) throw new Negative(EXIT.unhealthy)
    })
}

const HELP = `
It looks at the dev stack here, or at what KAFKA_BROKERS, DATABASE_URL, FRESHET_URL and FRESHET_TOKEN
name; what is not named is not checked, and said so. Nothing is changed.
`

async function examine(shell: Shell, options: DoctorOptions): Promise<readonly CheckResult[]> {
  const { allChecks } = await import('../doctor/all-checks.ts')
  const { runChecks } = await import('../doctor/check.ts')
  return runChecks(await allChecks(shell, options))
}
