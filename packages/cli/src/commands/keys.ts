import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import type { SignatureAlgorithm } from '@freshet/events'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { keysText } from '../output/keys-text.ts'
import type { Shell } from '../shell.ts'
import { oneOf } from './arguments.ts'

const ALGORITHMS: readonly SignatureAlgorithm[] = ['ES256', 'EdDSA', 'RS256']

/** `freshet keys …`: signing keys as JWK files. */
export function addKeysCommands(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('signing keys as JWK files')
  keys
    .command('gen')
    .description('make a key: NAME.private.json (mode 0600) and NAME.jwks.json; overwrites nothing')
    .requiredOption('--name <name>', 'name of the key: its kid, and that of its files')
    .option('--alg <alg>', ALGORITHMS.join(', '), oneOf(ALGORITHMS), 'ES256')
    .option('--out <dir>', 'where to', '.')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ name, alg, out, output }) => {
      const { writeKeyPair } = await import('./key-pairs.ts')
      const data = await writeKeyPair(resolve(shell.cwd, out), name, alg)
      show(shell, output, { data, text: () => `${data.keyFile}\n${data.jwksFile}` })
    })
  keys
    .command('ls')
    .description('the keys in a folder')
    .argument('[dir]', 'where', '.')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (dir, { output }) => {
      const { listKeys } = await import('./key-pairs.ts')
      const items = await listKeys(resolve(shell.cwd, dir))
      show(shell, output, { data: { items }, items, text: () => keysText(items) })
    })
}
