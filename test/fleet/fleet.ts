import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'
import { until } from '../../packages/cli/src/demo/until.ts'
import { freeEndpoints, describeStack } from '../../packages/cli/src/stack/stack.ts'
import type { ManagedProcess, ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import {
  samplePlans,
  servicePlans,
  type Endpoints,
} from '../../packages/cli/src/stack/service-plans.ts'

import { prepareWorkspace, type Workspace } from '../../packages/cli/src/stack/workspace.ts'
import { stateProbe, untilFresh, type TestStack } from '../e2e/test-stack.ts'
import { startBalancer } from './balancer.ts'
import { freshetOf, type Build } from './build.ts'
import { processOfBuild, Replica, type Service } from './replica.ts'

/** A service that has ended its work at its own pace: a balancer must see that it is not ready. */
const SHUTDOWN_DELAY_MS = '1000'
/** A slow machine answers the first requests late. */
const PROBE_WITHIN_MS = 90_000
const BALANCED: readonly Service[] = ['gateway', 'authority', 'console']

/** Options of a fleet. */
export interface FleetOptions {
  /** The build that creates topics and schema, and runs the sources. */
  readonly build: Build
  /** Returns the build of a replica, or undefined if it does not start yet. Default: all are of `build`. */
  readonly buildOf?: (replica: string) => Build | undefined
  readonly brokers: readonly string[]
  /** The login that migrates. */
  readonly databaseUrl: string
  /** Returns the environment of a process beside its plan; `topics` creates the topics. */
  readonly environmentOf?: (process: string) => Readonly<Record<string, string>>
  /** False if each topic has the three replicas of production. */
  readonly development: boolean
}

/** Two replicas of each service as processes, each service behind one address, and the sample sources. */
export interface Fleet extends AsyncDisposable {
  readonly stack: TestStack
  readonly replicas: readonly Replica[]
  /** Returns the replicas of a service. */
  readonly of: (service: Service) => readonly Replica[]
  /** Runs `freshet db migrate` and `freshet topic apply` of a build. */
  readonly prepare: (build: Build) => Promise<void>
}

type Ending = () => Promise<unknown>

/** Creates topics and schema, starts everything, and waits until both edges call a new token fresh; or starts nothing. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
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

async function assemble(
  options: FleetOptions,
  endings: Ending[],
  stop: () => Promise<void>,
): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-fleet-'))
  endings.push(() => rm(dir, { recursive: true, force: true }))
  const prepare = (build: Build): Promise<void> => prepareStores(build, options)
  await prepare(options.build)
  const workspace = await prepareWorkspace(dir)
  const at = await freeEndpoints(options)
  const deaths: string[] = []
  const onDeath = (name: string, what: string): void => void deaths.push(`${name}: ${what}`)
  const plans = await replicaPlans(workspace, at, options)
  const replicas = plans.map((plan) => new Replica(plan, onDeath))
  const of = (service: Service): readonly Replica[] =>
    replicas.filter((replica) => replica.service === service)
  for (const service of BALANCED) {
    const port = Number(new URL(at[service as 'gateway']).port)
    const ports = of(service).map((replica) => replica.port)
    const balanced = { port, replicas: ports, isSticky: service === 'console' }
    const balancer = await startBalancer(balanced)
    endings.push(async () => balancer[Symbol.asyncDispose]())
  }
  for (const replica of replicas) {
    endings.push(() => replica.stop())
    const { buildOf = () => options.build } = options
    const build = buildOf(replica.plan.name)
    if (build !== undefined) await replica.start(build)
  }
  const processes = new Map<string, ManagedProcess>()
  for (const plan of samplePlans(workspace, at)) {
    const source = processOfBuild(plan, options.build, onDeath)
    processes.set(plan.name, source)
    endings.push(() => source.stop())
    await source.start()
  }
  const kafka = { brokers: at.brokers, kind: 'a test', pid: undefined }
  const postgres = { url: at.databaseUrl, kind: 'a test', pid: undefined }
  const describe = () => describeStack({ workspace, at, processes, kafka, postgres })
  const stack: TestStack = { workspace, at, processes, describe, deaths, stop }
  await until('the values of the probe', PROBE_WITHIN_MS, async () => {
    await stateProbe(stack)
    return true
  })
  await untilFresh(stack)
  return { stack, replicas, of, prepare, [Symbol.asyncDispose]: stop }
}

async function prepareStores(build: Build, options: FleetOptions): Promise<void> {
  const { databaseUrl, brokers, environmentOf, development } = options
  const env = { KAFKA_BROKERS: brokers.join(','), ...environmentOf?.('topics') }
  await freshetOf(build, ['db', 'migrate'], { DATABASE_URL: databaseUrl })
  await freshetOf(build, ['topic', 'apply', ...(development ? ['--development'] : [])], env)
}

/** The plans of `dev`, each service twice, with ports of their own behind the address of the service. */
async function replicaPlans(
  workspace: Workspace,
  at: Endpoints,
  { environmentOf }: FleetOptions,
): Promise<readonly ProcessPlan[]> {
  const plans = servicePlans(workspace, at)
  const twice = plans.flatMap((plan) =>
    plan.name.startsWith('sidecar') ? [plan] : [plan, second(plan)],
  )
  const ports = await freePorts(twice.length)
  return twice.map((plan, index) => {
    const isEdge = plan.name.startsWith('sidecar')
    const own = isEdge ? {} : { FRESHET_PORT: String(ports[index]) }
    const common = { FRESHET_SHUTDOWN_DELAY_MS: SHUTDOWN_DELAY_MS }
    return { ...plan, env: { ...plan.env, ...common, ...own, ...environmentOf?.(plan.name) } }
  })
}

function second(plan: ProcessPlan): ProcessPlan {
  return { ...plan, name: `${plan.name}:2`, logFile: plan.logFile.replace(/\.log$/, '-2.log') }
}
