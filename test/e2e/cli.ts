import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { devFileIn, writeDevFile } from '../../packages/cli/src/stack/dev-file.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

export const ROOT: string = join(import.meta.dirname, '..', '..')
export const FRESHET: string = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')

/** The place where Node holds the pool of `fetch`. */
const POOL = Symbol.for('undici.globalDispatcher.1')

/** The exit of a process, and its output. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process with all of its output. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** A folder in which the CLI finds the stack, for tests that run it as people do. */
export interface CliFolder {
  readonly dir: string
  /** Starts a program there. */
  start(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Started
  /** Runs `freshet` there to its end, in this process: the start of a process has tests of its own. */
  freshet(...args: readonly string[]): Promise<Ended>
  dispose(): Promise<void>
}

/** Creates a folder that describes the stack. */
export async function cliFolder(stack: Stack): Promise<CliFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-cli-'))
  await mkdir(join(dir, '.freshet'))
  await writeDevFile(devFileIn(dir), stack.describe())
  const start: CliFolder['start'] = (command, args, env = {}) => {
    const child = spawn(command, args, { cwd: dir, env: { ...process.env, ...env } })
    return { child, ended: endOf(child) }
  }
  return {
    dir,
    start,
    async freshet(...args) {
      keepNoConnection()
      const shell = recordingShell({ cwd: dir, env: process.env })
      const code = await runCommand(args, shell)
      return { code, ...shell.written() }
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  }
}

/**
 * Gives `fetch` an empty pool, as a process of its own has. A connection that the test left idle could have
 * ended by now, unseen by a process that stood still; an order that is then sent on it has no answer.
 */
function keepNoConnection(): void {
  const held = globalThis as { [POOL]?: { readonly constructor: new () => object } }
  const pool = held[POOL]
  if (pool !== undefined) Object.assign(held, { [POOL]: new pool.constructor() })
}

async function endOf(child: ChildProcess): Promise<Ended> {
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes')
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, out, err }
}
