import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { startStack, type Stack, type StackOptions } from '../../packages/cli/src/stack/stack.ts'
import type { EditRegistry } from '../../packages/cli/src/stack/dev-registry.ts'
import { takeBroker } from '../setup/stack-broker.ts'
import { freshDatabase } from '../setup/database.ts'
import { check, type CheckAnswer } from './edge.ts'
import { sourceOf } from './source.ts'
import { mint } from './token.ts'

const READY_WITHIN_MS = 45_000
export const SIDECARS = ['sidecar', 'sidecar:2'] as const

/** True if such a stack can be started here. */
export const canRun: boolean = inject('stackBrokers') !== null

/** A whole Freshet of the product's own processes, for one test file. */
export interface TestStack extends Stack {
  /** Processes that ended without a request. */
  readonly deaths: readonly string[]
}

/**
 * Starts everything and waits until the lease of every source is current, every edge is live and minting is
 * possible. Its topics and its database are new, on servers that stacks use one after the other. A process of
 * the stack has the variables that `environmentOf` returns for its name.
 */
export async function startTestStack(
  editRegistry?: EditRegistry,
  environmentOf?: StackOptions['environmentOf'],
  upstreamSecrets?: StackOptions['upstreamSecrets'],
): Promise<TestStack> {
  const broker = await takeBroker()
  const database = await freshDatabase({ max: 1 })
  const stores = { brokers: broker.brokers, databaseUrl: database.url }
  const drop = (): Promise<void> => database.drop().finally(() => broker.free())
  const choice = {
    stores,
    ...(editRegistry && { editRegistry }),
    ...(environmentOf && { environmentOf }),
    ...(upstreamSecrets && { upstreamSecrets }),
  }
  return startIn(choice, drop)
}

/** Starts a stack with a broker and a database server that no other stack uses. */
export function startWithOwnServers(
  choice: Pick<StackOptions, 'editRegistry' | 'environmentOf' | 'probes'>,
): Promise<TestStack> {
  delete process.env['KAFKA_BROKERS']
  delete process.env['DATABASE_URL']
  return startIn(choice, () => Promise.resolve())
}

/** Starts a stack on a broker of the test, to which each process connects by an environment of its own. */
export async function startOn(
  brokers: readonly string[],
  environmentOf: NonNullable<StackOptions['environmentOf']>,
): Promise<TestStack> {
  const database = await freshDatabase({ max: 1 })
  const stores = { brokers, databaseUrl: database.url }
  return startIn({ stores, environmentOf }, () => database.drop())
}

/** Starts a stack on stores of the test, to which each process connects by an environment of its own. */
export function startOnStores(
  stores: NonNullable<StackOptions['stores']>,
  environmentOf: NonNullable<StackOptions['environmentOf']>,
  editRegistry?: EditRegistry,
): Promise<TestStack> {
  const choice = { stores, environmentOf, ...(editRegistry && { editRegistry }) }
  return startIn(choice, () => Promise.resolve())
}

/** Starts a stack on brokers and a database of the test, with topics that three brokers hold. */
export function startReplicated(stores: NonNullable<StackOptions['stores']>): Promise<TestStack> {
  return startIn({ stores, replicated: true }, () => Promise.resolve())
}

type Choice = Pick<
  StackOptions,
  'stores' | 'editRegistry' | 'environmentOf' | 'replicated' | 'probes' | 'upstreamSecrets'
>

async function startIn(choice: Choice, drop: () => Promise<void>): Promise<TestStack> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-e2e-'))
  const deaths: string[] = []
  const remove = async (): Promise<void> => {
    await drop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    const stack = await startStack({
      dir,
      signal: new AbortController().signal,
      onStep: () => {},
      onDeath: (name, what) => deaths.push(`${name}: ${what}`),
      ...choice,
    })
    await stateProbe(stack)
    await untilFresh(stack)
    return { ...stack, deaths, stop: () => stack.stop().finally(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * Waits until every edge has a current lease of every source: it calls each claim of a new token fresh by
 * itself.
 */
export async function untilFresh(stack: Stack): Promise<void> {
  await until('a fresh token at every edge', READY_WITHIN_MS, async () => {
    const token = await mint(stack, 'probe')
    const answers = await Promise.all(SIDECARS.map((edge) => check(stack, { token }, edge)))
    return answers.every(isFresh) ? true : undefined
  })
}

function isFresh({ decision, claims, validated }: CheckAnswer): boolean {
  const verdicts = Object.values(claims).map(({ verdict }) => verdict)
  return decision === 'allow' && !validated && verdicts.every((verdict) => verdict === 'fresh')
}

/** Sends the values of the subject that {@link untilFresh} mints for. */
export async function stateProbe(stack: Stack): Promise<void> {
  for (const source of ['hr', 'iga'] as const) {
    const claim = source === 'hr' ? 'groups' : 'entitlements'
    await sourceOf(stack, source).send({ op: 'set', subject: 'probe', claim, value: ['staff'] })
  }
}

/** Returns a process of the stack by its name. */
export function processOf(stack: Stack, name: string): ManagedProcess {
  const found = stack.processes.get(name)
  if (found === undefined) throw new Error(`The stack has no process ${name}.`)
  return found
}

/** Stops a process as Ctrl-Z does: it keeps its connections and does nothing. */
export function freeze(stack: Stack, name: string): () => void {
  const { pid } = processOf(stack, name)
  if (pid === undefined) throw new Error(`${name} does not run.`)
  process.kill(pid, 'SIGSTOP')
  return () => void process.kill(pid, 'SIGCONT')
}
