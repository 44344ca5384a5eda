import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Option, type Command } from '@commander-js/extra-typings'
import { errorsIn } from '@freshet/registry/lint'
import { CliError } from '../cli-error.ts'
import { isRunning } from '../context.ts'
import { inContext, namedAddresses } from '../contexts/in-context.ts'
import { requireDevStack, type DevStack } from '../installation/dev-stack.ts'
import type { Shell } from '../shell.ts'
import {
  devFileIn,
  readDevFile,
  removeDevFile,
  writeDevFile,
  type DevFile,
} from '../stack/dev-file.ts'
import type { RegistryChoice } from '../stack/dev-registry.ts'
import type { Stack, StackOptions } from '../stack/stack.ts'

/** The interval at which the file's process ids are compared with the living processes. */
const REFRESH_MS = 500
const KAFKA_INSTEAD = 'set KAFKA_BROKERS to a broker that dev is allowed to use'
const KEYCLOAK_INSTEAD = 'run dev without --keycloak'
const NOT_WELL = 'something is not well yet, and tokens can be refused: freshet status names it'

/** `freshet dev`: the whole stack on loopback, until Ctrl-C. */
export function addDevCommand(program: Command, shell: Shell): void {
  program
    .command('dev')
    .description('start the whole stack on loopback, each service its own process, until Ctrl-C')
    .option('--registry <file>', 'registry of one tenant; dev replaces its keys and secrets')
    .option('--no-probes', 'run no probes; by default dev adds them to its copy of the registry')
    .addOption(
      new Option(
        '--keycloak',
        'also start a Keycloak, and read its realm as a source; dev then runs no probes',
      ).conflicts('registry'),
    )
    .action(({ registry, probes, keycloak = false }) =>
      runDev(shell, { keycloak, probes: probes && !keycloak, ...registryFileOf(registry) }),
    )
}

function registryFileOf(registryFile: string | undefined): RegistryChoice {
  return registryFile === undefined ? {} : { registryFile }
}

type Choice = RegistryChoice & Pick<StackOptions, 'keycloak'>

async function runDev(shell: Shell, choice: Choice): Promise<void> {
  if (choice.registryFile !== undefined) await requireSound(choice.registryFile)
  const { kafkaAvailability, keycloakAvailability } = await requireDevStack('dev')
  requirePart('Kafka', await kafkaAvailability({ ...shell.env }), KAFKA_INSTEAD)
  if (choice.keycloak === true)
    requirePart('Keycloak', await keycloakAvailability({ ...shell.env }), KEYCLOAK_INSTEAD)
  const file = devFileIn(shell.cwd)
  await refuseSecond(file)
  const { startStack } = await import('../stack/stack.ts')
  const dir = join(dirname(file), 'stack')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const note = (sentence: string): void => shell.err(`${shell.colors.dim(sentence)}\n`)
  const onDeath = (name: string, what: string, againInMs: number): void =>
    shell.err(
      `${shell.colors.yellow(`${name} died (${firstLine(what)})`)}; again in ${againInMs} ms\n`,
    )
  let stack: Stack | undefined
  try {
    stack = await startStack({ dir, signal: shell.signal, onStep: note, onDeath, ...choice })
    const { untilHealthy } = await import('../status/ask-health.ts')
    const isHealthy = await untilHealthy(stack.describe(), shell.signal)
    shell.signal.throwIfAborted()
    note(isHealthy ? 'every source is heard, every edge is synced' : NOT_WELL)
    await writeDevFile(file, stack.describe())
    await welcome(shell, stack.describe(), join(dir, 'logs'))
    await keepFile(stack, file, shell.signal)
  } catch (error) {
    // Ctrl-C before everything is up ends it as well as after.
    if (!(shell.signal.aborted && isAbort(error))) throw error
  } finally {
    await removeDevFile(file)
    note('ending')
    await stack?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

type Availability = Awaited<ReturnType<DevStack['keycloakAvailability']>>

function requirePart(part: string, found: Availability, instead: string): void {
  if (found.available) return
  throw new CliError('unreachable', `dev needs ${part}, and this machine has none.`, {
    why: `${found.missing} is missing`,
    next: `install ${found.missing}, or ${instead}`,
  })
}

async function requireSound(registry: string): Promise<void> {
  const { lintFile } = await import('./registry/lint-file.ts')
  const [first] = errorsIn((await lintFile(registry, { keys: false })).findings)
  if (!first) return
  throw new CliError('error', `${registry} breaks a rule of the registry.`, {
    why: `line ${first.line}, column ${first.column}: ${first.message}`,
    next: `freshet registry lint --no-keys ${registry}`,
  })
}

async function refuseSecond(file: string): Promise<void> {
  const dev = await readDevFile(file)
  if (!dev || !isRunning(dev)) return
  throw new CliError('error', 'A stack runs here already.', {
    why: `${file} describes it, and its processes live`,
    next: 'freshet edge ls',
  })
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

async function welcome(shell: Shell, dev: DevFile, logs: string): Promise<void> {
  const { bold, dim } = shell.colors
  shell.out(`${bold('console')} ${dev.console.url}\n`)
  const lines = [
    `log in: ${dev.console.url}/#token=${dev.admin.token}`,
    `${dev.kafka.kind}, ${dev.postgres.kind}; logs in ${logs}`,
    'next, in another terminal of this folder:',
    'export PATH="$PWD/node_modules/.bin:$PATH"',
    ...(await linesToThisStack(shell)),
    ...(await walkOn(dev)),
    'Ctrl-C ends everything',
  ]
  for (const line of lines) shell.err(`${dim(line)}\n`)
}

/** The walk of the registry that the stack runs on. */
async function walkOn({ registry: file, keycloak }: DevFile): Promise<readonly string[]> {
  const { parseRegistry } = await import('@freshet/registry')
  const { parse } = await import('yaml')
  const { firstWalk, walkLines } = await import('../walk/walk.ts')
  if (keycloak !== undefined) {
    const { realmWalk } = await import('../stack/dev-realm.ts')
    return walkLines(realmWalk(keycloak))
  }
  return walkLines(firstWalk(parseRegistry(parse(await readFile(file, 'utf8')), file)))
}

/** Lines that make this stack the installation of the terminal, if variables or a context name another one. */
async function linesToThisStack(shell: Shell): Promise<readonly string[]> {
  const named = namedAddresses(shell.env)
  const { namedBy } = await inContext(shell)
  const unset = named.length > 0 ? [`unset ${named.join(' ')}`] : []
  return namedBy === undefined ? [] : [...unset, 'export FRESHET_CONTEXT=.']
}
