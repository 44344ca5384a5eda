import { readFile } from 'node:fs/promises'
import { provideKafka, startKeycloak, startPostgres, type LocalKeycloak } from '@freshet/dev-stack'
import { createKafka, planTopics } from '@freshet/kafka'
import { freePorts } from '@freshet/owned-dir'
import { createDatabase, migrate } from '@freshet/postgres'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { namedAccess } from '../with-kafka.ts'
import type { DevFile } from './dev-file.ts'
import { connectRealm, devRealm, withKeycloak } from './dev-realm.ts'
import type { EditRegistry, RegistryChoice } from './dev-registry.ts'
import { ManagedProcess, type OnDeath } from './managed-process.ts'
import { TOPICS_FILE } from './paths.ts'
import { samplePlans, servicePlans, type Endpoints } from './service-plans.ts'
import { prepareWorkspace, type Workspace } from './workspace.ts'

/** Options of starting a stack, and its callbacks. */
export interface StackOptions extends RegistryChoice {
  /** Folder for keys, registry and logs. */
  readonly dir: string
  readonly signal: AbortSignal
  /** Servers that run already. Default: what `KAFKA_BROKERS` and `DATABASE_URL` name, else its own. */
  readonly stores?: { readonly brokers: readonly string[]; readonly databaseUrl: string }
  /** True if a Keycloak with a realm is started, and read as a source. Default: false. */
  readonly keycloak?: boolean
  /** True if topics have the replicas of production, which one broker cannot hold. Default: false. */
  readonly replicated?: boolean
  /** Returns the environment of the process with this name beside the plan; `topics` creates the topics. */
  readonly environmentOf?: (process: string) => Readonly<Record<string, string>>
  onStep(sentence: string): void
  readonly onDeath: OnDeath
}

/** A whole running Freshet on loopback: broker, database, every service as its own process. */
export interface Stack {
  readonly workspace: Workspace
  readonly at: Endpoints
  readonly processes: ReadonlyMap<string, ManagedProcess>
  /** The description for `dev.json`. */
  describe(): DevFile
  /** Ends everything in reverse order of its start. */
  stop(): Promise<void>
}

/** Something that was started and has to be ended. */
type Ending = () => Promise<void>

/** Starts everything, or nothing: what was started before a failure is ended again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const endings: Ending[] = []
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).toReversed()) await end()
  }
  try {
    return await assemble(options, endings, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(options: StackOptions, endings: Ending[], stop: Ending): Promise<Stack> {
  const { keycloak, choice } = await startRealm(options, endings)
  const workspace = await prepareWorkspace(options.dir, choice)
  const { kafka, postgres } = await startStores(options, endings)
  const at = await freeEndpoints({ brokers: kafka.brokers, databaseUrl: postgres.url })
  await prepareStores(at, topicsEnvironment(options, at), options.replicated !== true)
  options.onStep('topics created, database migrated')
  const processes = new Map<string, ManagedProcess>()
  for (const plan of [...servicePlans(workspace, at), ...samplePlans(workspace, at)]) {
    options.signal.throwIfAborted()
    const env = { ...plan.env, ...options.environmentOf?.(plan.name) }
    const managed = new ManagedProcess({ ...plan, env }, options.onDeath)
    processes.set(plan.name, managed)
    endings.push(() => managed.stop())
    await managed.start()
  }
  options.onStep(`${processes.size} processes are ready`)
  await keycloak?.ready()
  const describe = (): DevFile => {
    const described = describeStack({ workspace, at, processes, kafka, postgres })
    return keycloak === undefined ? described : withKeycloak(described, keycloak)
  }
  return { workspace, at, processes, describe, stop }
}

/** Starts Keycloak, which becomes ready while the other processes start. The copy of the registry has its realm. */
async function startRealm(
  options: StackOptions,
  endings: Ending[],
): Promise<{ readonly choice: RegistryChoice; readonly keycloak?: LocalKeycloak }> {
  if (options.keycloak !== true) return { choice: options }
  const { realm, secrets } = devRealm()
  const keycloak = await startKeycloak({ realm, onProgress: (line) => options.onStep(line) })
  endings.push(() => keycloak.stop())
  const editRegistry: EditRegistry = (document) => connectRealm(document, keycloak.issuer)
  return { keycloak, choice: { ...options, editRegistry, upstreamSecrets: secrets } }
}

interface Stores {
  readonly kafka: {
    readonly brokers: readonly string[]
    readonly kind: string
    readonly pid: number | null | undefined
  }
  readonly postgres: {
    readonly url: string
    readonly kind: string
    readonly pid: number | null | undefined
  }
}

async function startStores(options: StackOptions, endings: Ending[]): Promise<Stores> {
  const { signal, stores } = options
  const env = stores === undefined ? process.env : { KAFKA_BROKERS: stores.brokers.join(',') }
  const [kafka, postgres] = await Promise.allSettled([
    provideKafka({ signal }, env),
    startPostgres({ signal, databaseUrl: stores?.databaseUrl }),
  ])
  if (kafka.status === 'fulfilled') endings.push(() => kafka.value.stop())
  if (postgres.status === 'fulfilled') endings.push(() => postgres.value.stop())
  if (kafka.status === 'rejected') throw kafka.reason
  if (postgres.status === 'rejected') throw postgres.reason
  options.onStep(`${kafka.value.kind} and ${postgres.value.kind} are up`)
  return { kafka: kafka.value, postgres: postgres.value }
}

/** The environment for creating topics on a broker that is not ours; absent for our own. */
function topicsEnvironment(
  { stores, environmentOf }: StackOptions,
  { brokers }: Endpoints,
): NodeJS.ProcessEnv | undefined {
  if (environmentOf) return { KAFKA_BROKERS: brokers.join(','), ...environmentOf('topics') }
  return stores === undefined && process.env['KAFKA_BROKERS'] ? process.env : undefined
}

async function prepareStores(
  at: Endpoints,
  env: NodeJS.ProcessEnv | undefined,
  development: boolean,
): Promise<void> {
  const ended = new AbortController()
  const access = env ? await namedAccess({ env }, ended.signal) : { brokers: at.brokers }
  const kafka = createKafka({ ...access, clientId: 'freshet-cli' })
  const database = createDatabase({ url: at.databaseUrl, applicationName: 'freshet-cli' })
  try {
    const plan = planTopics(await readFile(TOPICS_FILE, 'utf8'), { development })
    await Promise.all([kafka.topics.apply(plan), migrate(database)])
  } finally {
    ended.abort()
    await Promise.all([kafka.close(), database.close()])
  }
}

/** Returns the description of a stack for `dev.json`. */
export function describeStack(
  parts: Stores & Pick<Stack, 'workspace' | 'at' | 'processes'>,
): DevFile {
  const { workspace, at, kafka, postgres } = parts
  const pids = [...parts.processes].map(([name, { pid }]) => [name, pid] as const)
  const stores = [
    ['kafka', kafka.pid],
    ['postgres', postgres.pid],
  ] as const
  return {
    apiVersion: 'freshet.dev/v1',
    tenant: workspace.tenant,
    kafka: { brokers: kafka.brokers, kind: kafka.kind },
    postgres: { url: postgres.url, kind: postgres.kind },
    gateway: { url: at.gateway },
    reconciler: { url: at.reconciler },
    authority: { url: at.authority, issuer: at.authority },
    sidecar: { url: at.sidecar, proxyUrl: at.proxies.sidecar },
    'sidecar:2': { url: at['sidecar:2'], proxyUrl: at.proxies['sidecar:2'] },
    console: { url: at.console },
    processes: Object.fromEntries(
      [...pids, ...stores].filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number',
      ),
    ),
    registry: workspace.registry,
    keys: workspace.keys,
    sources: Object.fromEntries(
      real(workspace.sources).map(([name, { keyFile, kid }]) => [name, { keyFile, kid }]),
    ),
    idp: { issuer: workspace.issuer, keyFile: workspace.idp.keyFile, kid: workspace.idp.kid },
    clients: Object.fromEntries(
      real(workspace.clientSecrets).map(([id, secret]) => [id, { id, secret }]),
    ),
    admin: { token: workspace.adminToken },
  }
}

/** Objects of probes are reserved for them. */
function real<T>(named: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(named).filter(([name]) => name !== PROBE_NAME)
}

/** Addresses on free ports of loopback for every service of a stack. */
export async function freeEndpoints(
  stores: Pick<Endpoints, 'brokers' | 'databaseUrl'>,
): Promise<Endpoints> {
  const ports = await freePorts(9)
  const [gateway, authority, console, sidecar, second, reconciler, proxy, secondProxy, connect] =
    ports.map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
  return {
    ...stores,
    gateway,
    authority,
    console,
    sidecar,
    'sidecar:2': second,
    reconciler,
    connect,
    proxies: { sidecar: proxy, 'sidecar:2': secondProxy },
  }
}
