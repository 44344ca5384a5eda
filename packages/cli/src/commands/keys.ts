import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { KEY_LEAD_MS } from '@freshet/protocol'
import { findStack, requireStack } from '../context.ts'
import { KEY_ALGORITHMS, KEY_KINDS } from '../keys/key-words.ts'
import { NO_HEADERS_HELP, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { keysText, rotationText, timesOf } from '../output/stack/keys-text.ts'
import type { Shell } from '../shell.ts'
import { collect, oneOf, readSpan } from './arguments.ts'

/** `freshet keys …`: signing keys as JWK files. */
export function addKeysCommands(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('manage signing keys as JWK files')
  addGen(keys, shell)
  addRotate(keys, shell)
  addLs(keys, shell)
}

function addGen(keys: Command, shell: Shell): void {
  keys
    .command('gen')
    .description(
      'make a key: NAME.private.json (mode 0600) and NAME.jwks.json; never overwrites a file',
    )
    .requiredOption('--name <name>', 'name of the key, used as its kid and for its files')
    .option('--alg <alg>', KEY_ALGORITHMS.join(', '), oneOf(KEY_ALGORITHMS), 'ES256')
    .option('--out <dir>', 'folder to write to', '.')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ name, alg, out, output }) => {
      const { writeKeyPair } = await import('../keys/key-pairs.ts')
      const data = await writeKeyPair(resolve(shell.cwd, out), name, alg)
      const text = (): string => [data.keyFile, data.jwksFile ?? []].flat().join('\n')
      await show(shell, output, { data, text })
    })
}

function addRotate(keys: Command, shell: Shell): void {
  keys
    .command('rotate')
    .description('let the next key of a set sign, without a restart, and make a new next key')
    .argument('<kind|file>', `${KEY_KINDS.join(', ')} of the running dev stack, or a file of keys`)
    .option(
      '--revoke <kid>',
      'kid of a compromised key, or all; repeat the option for several',
      collect,
      [],
    )
    .option('--lead <time>', 'time that a key is published before it signs', readSpan, KEY_LEAD_MS)
    .option(
      '--keep <time>',
      'time that the old key stays published; default 25h, 49h, 8d, 366d, 1h',
      readSpan,
    )
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async (which, { revoke, lead, keep, output }) => {
      const { rotateKeys } = await import('../keys/rotate-keys.ts')
      const nowMs = wholeSecond()
      const random = (): string => randomBytes(4).toString('hex')
      const times = { nowMs, leadMs: lead, keepMs: keep }
      const file = await keyFileOf(shell, which)
      const done = await rotateKeys({ file, ...times, revoke, random })
      const items = done.keys.map(({ kid, state, times: own }) => ({ kid, state, ...timesOf(own) }))
      const text = (): string => rotationText(done, nowMs)
      await show(shell, output, { data: { ...done, keys: items }, items, text })
    })
}

function addLs(keys: Command, shell: Shell): void {
  keys
    .command('ls')
    .description('list the keys of the dev stack or of a folder, with the state of each')
    .argument('[where]', `folder, file, or ${KEY_KINDS.join(', ')} of the dev stack`)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async (where, { output, headers }) => {
      const { listKeys } = await import('../keys/list-keys.ts')
      const nowMs = wholeSecond()
      const paths = await keyPathsOf(shell, where)
      const found = (await Promise.all(paths.map((path) => listKeys(path, nowMs)))).flat()
      const items = found.map(({ times, ...key }) => ({ ...key, ...timesOf(times) }))
      await show(shell, output, {
        data: { items },
        items,
        headers,
        text: (view) => keysText(found, view),
      })
    })
}

/** Without a path: all keys of the running stack, else those of the current folder. */
async function keyPathsOf(shell: Shell, where: string | undefined): Promise<readonly string[]> {
  if (where !== undefined) return [await keyFileOf(shell, where)]
  const stack = await findStack(shell)
  return stack ? KEY_KINDS.map((kind) => stack.dev.keys[kind]) : [shell.cwd]
}

/** A kind is that of the running stack; anything else is a path. */
async function keyFileOf(shell: Shell, which: string): Promise<string> {
  const kind = KEY_KINDS.find((each) => each === which)
  return kind === undefined ? resolve(shell.cwd, which) : (await requireStack(shell)).keys[kind]
}

/** Times in key sets are whole seconds. */
function wholeSecond(): number {
  return Math.floor(Date.now() / 1_000) * 1_000
}
