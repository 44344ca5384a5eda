import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { FreshetError } from '@freshet/domain'
import { kafkaAvailability } from '@freshet/local-kafka'
import pc from 'picocolors'
import { EXIT, Negative } from '../exit-code.ts'
import {
  devFileIn,
  readDevFile,
  removeDevFile,
  writeDevFile,
  type DevFile,
} from '../stack/dev-file.ts'
import { startStack, type Stack } from '../stack/stack.ts'

/** How often the file's process ids are compared with the living ones. */
const REFRESH_MS = 500

/** `freshet dev`: the whole stack on loopback, until Ctrl-C. */
export function addDevCommand(freshet: Command, signal: AbortSignal): void {
  freshet
    .command('dev')
    .description('start the whole stack on loopback, each service its own process, until Ctrl-C')
    .action(() => runDev(process.cwd(), signal))
}

async function runDev(cwd: string, signal: AbortSignal): Promise<void> {
  await requireKafka()
  const file = devFileIn(cwd)
  await refuseSecond(file)
  const dir = join(dirname(file), 'stack')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  let stack: Stack | undefined
  try {
    stack = await startStack({ dir, signal, onStep: note, onDeath: tellDeath })
    await writeDevFile(file, stack.describe())
    welcome(stack.describe(), dir)
    await keepFile(stack, file, signal)
  } finally {
    await removeDevFile(file)
    note('ending')
    await stack?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function requireKafka(): Promise<void> {
  const kafka = await kafkaAvailability()
  if (kafka.available) return
  process.stderr.write(`${pc.red('error:')} dev needs Kafka: install ${kafka.missing}, or set `)
  process.stderr.write('KAFKA_BROKERS to a broker that may be used.\n')
  throw new Negative(EXIT.unreachable)
}

async function refuseSecond(file: string): Promise<void> {
  const pid = (await readDevFile(file))?.processes['gateway']
  if (pid === undefined || !isAlive(pid)) return
  throw new FreshetError('config.invalid', `A stack runs here already: see ${file}.`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A service that died has another process id once it is back: the file follows. */
async function keepFile(stack: Stack, file: string, signal: AbortSignal): Promise<void> {
  let written = JSON.stringify(stack.describe())
  const refresh = async (): Promise<void> => {
    const now = stack.describe()
    if (signal.aborted || JSON.stringify(now) === written) return
    written = JSON.stringify(now)
    await writeDevFile(file, now)
  }
  const timer = setInterval(() => void refresh().catch(() => {}), REFRESH_MS)
  if (!signal.aborted) await once(signal, 'abort')
  clearInterval(timer)
}

function welcome({ console: { url }, kafka, postgres }: DevFile, dir: string): void {
  process.stdout.write(`${pc.bold('console')} ${url}\n`)
  note(`${kafka.kind}, ${postgres.kind}; logs in ${join(dir, 'logs')}`)
  note(
    'next: freshet change emit --source hr --subject alice --claim groups --op set --value staff',
  )
  note('Ctrl-C ends everything')
}

function note(sentence: string): void {
  process.stderr.write(`${pc.dim(sentence)}\n`)
}

function tellDeath(name: string, what: string, againInMs: number): void {
  process.stderr.write(`${pc.yellow(`${name} died (${what})`)}; again in ${againInMs} ms\n`)
}
