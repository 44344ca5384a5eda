import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  REVOCATIONS_TOPIC,
  type EdgeReport,
  type LogWriter,
} from '@freshet/wire'
import { createKafka, planTopics } from '@freshet/kafka'
import { systemClock } from '@freshet/runtime'
import { edgeWorld, ManualClock, type EdgeWorld, type HeartbeatPlan } from '@freshet/testkit'
import { vi } from 'vitest'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { serviceEntry } from '../../packages/cli/src/stack/paths.ts'
import { issuerOf, type Evaluate, type Issuer } from './issuer.ts'

const REPORTS_MAX = 1_000
const WAIT = { timeout: 20_000, interval: 50 }

/** A world that publishes to a real broker, and sidecars of the product that follow it. */
export interface SidecarWorld extends AsyncDisposable {
  readonly world: EdgeWorld
  /** The `iss` of its tokens. */
  readonly issuer: string
  /** An issuer that publishes only keys of future kinds. */
  readonly futureIssuer: string
  /** Starts a sidecar with these variables beside its own. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<StartedSidecar>
  /** Moves the world to the present and sends heartbeats for these tenants, or by this plan; default acme. */
  heartbeat(tenants?: readonly string[], plan?: HeartbeatPlan): Promise<void>
  /** Returns the reports of its sidecars so far. */
  reports(): Promise<readonly EdgeReport[]>
}

/** The addresses of a sidecar. */
export interface StartedSidecar {
  readonly url: string
  readonly proxyUrl: string
}

/** Creates the topics, the world and the issuer. */
export async function sidecarWorld(
  brokers: readonly string[],
  evaluate?: Evaluate,
): Promise<SidecarWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-sidecar-'))
  const kafka = createKafka({ brokers, clientId: 'freshet-test' })
  const clock = new ManualClock(systemClock.nowMs())
  await kafka.topics.apply(plans())
  const world = await edgeWorld(clock, patient(kafka.writer()))
  await world.begin()
  const issuer: Issuer = await issuerOf(world, evaluate)
  const sidecars: ManagedProcess[] = []
  return {
    world,
    issuer: issuer.url,
    futureIssuer: issuer.futureUrl,
    async start(name, more = {}) {
      const [port, proxyPort] = await freePorts(2)
      const env = {
        KAFKA_BROKERS: brokers.join(','),
        FRESHET_ISSUER: issuer.url,
        FRESHET_AUDIENCE: 'payments',
        FRESHET_PORT: String(port),
        FRESHET_PROXY_PORT: String(proxyPort),
        ...more,
      }
      const plan = { name, entry: serviceEntry('sidecar'), env, logFile: join(dir, `${name}.log`) }
      const sidecar = new ManagedProcess(plan, () => {})
      await sidecar.start()
      sidecars.push(sidecar)
      return { url: `http://127.0.0.1:${port}`, proxyUrl: `http://127.0.0.1:${proxyPort}` }
    },
    async heartbeat(tenants = ['acme'], plan = {}) {
      clock.jumpWall(systemClock.nowMs() - clock.nowMs())
      await world.heartbeat({ tenants, ...plan })
    },
    async reports() {
      const reader = kafka.reader()
      const records = await Promise.all(
        [...(await reader.bounds(EDGE_REPORTS_TOPIC)).keys()].map((partition) =>
          reader.read(EDGE_REPORTS_TOPIC, partition, 0n, REPORTS_MAX),
        ),
      )
      return records.flat().flatMap((record) => decodeEdgeReport(record) ?? [])
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(sidecars.map((each) => each.stop()))
      await issuer[Symbol.asyncDispose]()
      await kafka.topics.remove([REVOCATIONS_TOPIC, EDGE_REPORTS_TOPIC])
      await kafka.close()
      await rm(dir, { recursive: true })
    },
  }
}

/** A topic that was just created can lack a leader for a short time. */
function patient(writer: LogWriter): LogWriter {
  return { append: (...batch) => vi.waitFor(() => writer.append(...batch), WAIT) }
}

function plans(): ReturnType<typeof planTopics> {
  const file = new URL('../../infra/topics.yaml', import.meta.url)
  const all = planTopics(readFileSync(file, 'utf8'), { development: true })
  return all.filter(({ name }) => [REVOCATIONS_TOPIC, EDGE_REPORTS_TOPIC].includes(name))
}
