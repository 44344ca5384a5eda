import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DEV_TENANT,
  freeEndpoints,
  ManagedProcess,
  prepareWorkspace,
  servicePlans,
  type EditRegistry,
  type Endpoints,
  type Workspace,
} from '@freshet/cli/stack'
import { createIntake, type Intake } from '@freshet/intake'
import { readMacKeySet } from '@freshet/wire'
import { createKafka, type Kafka } from '@freshet/kafka'
import { createDatabase, migrate, postgresStampStore, type Database } from '@freshet/postgres'
import { loadRegistry, systemClock, type LoadedRegistryFile } from '@freshet/runtime'
import { OWN_SOURCE, type Registry, type Source } from '@freshet/protocol'
import type { BenchContext } from '../scenario.ts'

/** The services whose processes a scenario can request. */
export type ServiceName = 'gateway' | 'reconciler' | 'authority' | 'console' | 'sidecar'

/**
 * The product between its topics: broker and database of their own, and services as their own processes. The
 * policy is announced, and every source sends a heartbeat once a second.
 */
export interface BenchStack {
  readonly workspace: Workspace
  readonly at: Endpoints
  readonly database: Database
  readonly kafka: Kafka
  readonly registry: LoadedRegistryFile
  /** The key that gateways and the reconciler share. */
  readonly macKey: Uint8Array
  /** Returns the process of a service that was started. @throws Error if it does not run */
  readonly pidOf: (service: ServiceName) => number
}

/** Starts the stack for one scenario, and ends it with the scenario. */
export async function startStack(
  context: BenchContext,
  services: readonly ServiceName[],
  edit?: EditRegistry,
): Promise<BenchStack> {
  const [{ brokers }, postgres] = await Promise.all([context.kafka(), context.postgres()])
  const workspace = await prepareWorkspace(
    await context.tempDir(),
    edit === undefined ? {} : { editRegistry: edit },
  )
  const at = await freeEndpoints({ brokers, databaseUrl: postgres.url })
  const database = createDatabase({ url: postgres.url, applicationName: 'freshet-bench' })
  context.defer(() => database.close())
  await migrate(database)
  const kafka = createKafka({ brokers, clientId: 'freshet-bench' })
  context.defer(() => kafka.close())
  const registry = await loadRegistry(workspace.registry)
  const stamps = readMacKeySet(JSON.parse(await readFile(workspace.keys.stamps, 'utf8')))
  const macKey = stamps[0]?.key ?? new Uint8Array()
  const started = await startServices(context, { workspace, at }, services)
  const pidOf = (service: ServiceName): number => {
    const pid = started.find(({ plan }) => plan.name === service)?.pid
    if (pid === undefined) throw new Error(`The service ${service} does not run.`)
    return pid
  }
  const stack = { workspace, at, database, kafka, registry, macKey, pidOf }
  const intake = intakeOf(stack)
  await intake.activateRegistry({ hash: registry.hash })
  await keepHeartbeats(context, intake, { registry: registry.registry, tenant: DEV_TENANT })
  return stack
}

async function startServices(
  context: BenchContext,
  { workspace, at }: Pick<BenchStack, 'workspace' | 'at'>,
  services: readonly string[],
): Promise<readonly ManagedProcess[]> {
  const started: ManagedProcess[] = []
  for (const plan of servicePlans(workspace, at).filter(({ name }) => services.includes(name))) {
    context.signal.throwIfAborted()
    const died = (name: string, what: string): void => context.progress(`${name} died: ${what}`)
    const service = new ManagedProcess(plan, died)
    context.defer(() => service.stop())
    await service.start()
    started.push(service)
  }
  return started
}

/** The gateway's use case in this process: it announces the policy and accepts heartbeats. */
function intakeOf({ registry, database, kafka, macKey }: BenchStack): Intake {
  return createIntake({
    registry: registry.registry,
    store: postgresStampStore(database),
    writer: kafka.writer(),
    macKey: () => macKey,
    timer: systemClock,
  })
}

/**
 * Sends heartbeats for every source of the registry at its declared interval, by a clock of its own and until
 * the scenario ends. A source that numbers its events itself has sent none. Resolves after the first round.
 *
 * @throws the error that refuses the first round; later errors wait for the next round
 */
async function keepHeartbeats(
  context: BenchContext,
  intake: Intake,
  { registry, tenant }: { readonly registry: Registry; readonly tenant: string },
): Promise<void> {
  const sources = [...registry.sources.values()].filter(({ id }) => id !== OWN_SOURCE)
  const sendFirst = ({ id: source, ordering }: Source): Promise<unknown> =>
    intake.acceptHeartbeat({
      tenant,
      source,
      throughMs: Date.now(),
      ...(ordering === 'dense' ? { sequence: 0n } : {}),
    })
  for (const source of sources) await sendFirst(source)
  const stop = new AbortController()
  const running = sources.map(async (source, n) => {
    // Sources do not know of each other, so their heartbeats are spread.
    await pause((source.heartbeatMs * n) / sources.length, stop.signal)
    while (!stop.signal.aborted) {
      await sendFirst(source).catch(() => undefined)
      await pause(source.heartbeatMs, stop.signal)
    }
  })
  context.defer(async () => {
    stop.abort()
    await Promise.all(running)
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
