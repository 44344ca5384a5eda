import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setInterval as every } from 'node:timers/promises'
import { startProtectedApp, type ProtectedApp } from '@freshet/dev-stack'
import { createEdge, type Edge, type RevocationFeed } from '@freshet/edge'
import {
  importJwks,
  parseChangeEvent,
  publicJwks,
  readSigningKeySet,
  type SignatureAlgorithm,
  type TimedSigningKey,
} from '@freshet/wire'
import { createIntake, type Intake, type Feed } from '@freshet/intake'
import { MemoryDatabase, memoryReachStore, memoryStampStore } from '@freshet/memory'
import { loadRegistry, systemClock } from '@freshet/runtime'
import type { Registry } from '@freshet/protocol'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT, prepareWorkspace } from '../../stack/workspace.ts'
import { changeEvent } from '../change-event.ts'
import { startLateApp, type LateApp } from '../late-app.ts'
import { authorityHere, type OneProcessAuthority } from './one-process-authority.ts'
import { makeLog, runReconcilerHere, type OneProcess } from './one-process-parts.ts'
import { followProgress } from './one-process-progress.ts'
import { inTime } from '../until.ts'
import type { DemoChange, DemoQuestion, DemoVerdict, DemoWorld } from '../world.ts'

const ISSUER = 'https://tokens.acme.example'
const AUDIENCE = 'payments'
const EDGE_CLIENT = 'payments-api'
const READY_WITHIN_MS = 30_000
const EDGES = ['edge', 'edge:2'] as const

/** The same use cases on memory, in one process: for machines without Java. */
export async function startOneProcessWorld(dir: string, signal: AbortSignal): Promise<DemoWorld> {
  const workspace = await prepareWorkspace(dir)
  const parts: OneProcess = {
    log: makeLog(),
    database: new MemoryDatabase(),
    registry: await loadRegistry(workspace.registry),
    macKey: randomBytes(32),
    checkpointKeys: await keysIn(workspace.keys.checkpoints, 'EdDSA'),
    issuer: ISSUER,
  }
  const tokenKeys = await keysIn(workspace.keys.tokens, 'ES256')
  const keys = {
    tokens: importJwks(publicJwks(tokenKeys)),
    checkpoints: importJwks(publicJwks(parts.checkpointKeys)),
  }
  const secret = workspace.clientSecrets[EDGE_CLIENT] ?? ''
  const authority = authorityHere(parts, tokenKeys, { id: EDGE_CLIENT, secret })
  const feed: RevocationFeed = { reader: parts.log, reports: parts.log }
  const edgeOf = (revocations: RevocationFeed, edgeId?: string): Promise<Edge> =>
    createEdge({
      issuer: ISSUER,
      audience: AUDIENCE,
      ...(edgeId === undefined ? {} : { edgeId }),
      keys,
      revocations,
      validator: authority.validator,
    })
  const edges = await Promise.all(EDGES.map((edgeId) => edgeOf(feed, edgeId)))
  const app = await startProtectedApp(await edgeOf(feed, 'application'))
  const late = await startLateApp(feed, edgeOf)
  return live({ parts, edges, app, late, authority }, signal)
}

async function keysIn(file: string, alg: SignatureAlgorithm): Promise<readonly TimedSigningKey[]> {
  return readSigningKeySet(JSON.parse(await readFile(file, 'utf8')), alg)
}

interface Inhabitants {
  readonly parts: OneProcess
  readonly edges: readonly Edge[]
  readonly app: ProtectedApp
  readonly late: LateApp
  readonly authority: OneProcessAuthority
}

async function live(inhabitants: Inhabitants, signal: AbortSignal): Promise<DemoWorld> {
  const { parts, edges, app, late, authority } = inhabitants
  const { log, database, registry } = parts
  const store = memoryStampStore(database, systemClock)
  const timer = systemClock
  const macKey = (): Uint8Array => parts.macKey
  const intake = createIntake({ registry: registry.registry, store, writer: log, macKey, timer })
  const ended = new AbortController()
  const untilEnd = AbortSignal.any([signal, ended.signal])
  const reconciler = new Reconciler(parts, untilEnd)
  await intake.activateRegistry({ hash: registry.hash })
  reconciler.start()
  const silent = new Set<string>()
  const { progress, followed } = followProgress(parts, untilEnd)
  const background = [
    followed,
    keepHeartbeats(intake, registry.registry, { tenant: DEV_TENANT, silent }, untilEnd),
  ]
  return {
    kind: 'one process in memory: nothing here is durable, and times are not those of Kafka',
    ready: async () => {
      await inTime(
        'every edge live',
        READY_WITHIN_MS,
        Promise.all(edges.map((edge) => edge.ready())),
      )
    },
    send: (change) => send(intake, change),
    progress: async (id) => progress(id),
    ...authority.minting,
    edges: edges.length + 1,
    ask: (question) => Promise.all(edges.map((edge, n) => ask(edge, n, question))),
    request: (token, route) => app.request(token, route),
    late: late.late,
    killReconciler: () => reconciler.stop(),
    startReconciler: () => Promise.resolve(reconciler.start()),
    hush: async (source) => void silent.add(source),
    wake: async (source) => void silent.delete(source),
    ...cuttingOff(intake, database),
    async stop() {
      await Promise.all([app.close(), late.close()])
      await Promise.all(edges.map((edge) => edge.close()))
      ended.abort()
      await Promise.all([...background, reconciler.stop()])
    },
  }
}

function cuttingOff(
  intake: Intake,
  database: MemoryDatabase,
): Pick<DemoWorld, 'cutOffReach' | 'cutOff'> {
  const client = { tenant: DEV_TENANT, scope: 'client', target: DEV_CLIENT } as const
  const { tenant, ...target } = client
  const statement = { kind: 'cut-off', ...target, order: randomUUID() } as const
  return {
    cutOffReach: () => memoryReachStore(database, ISSUER).reach(client, systemClock.nowMs()),
    async cutOff() {
      await intake.acceptOwnChange({ tenant, statement })
    },
  }
}

/** The reconciler's loops, stopped and started again in the same process. */
class Reconciler {
  readonly #parts: OneProcess
  readonly #until: AbortSignal
  #run: Promise<void> = Promise.resolve()
  #stop = new AbortController()

  constructor(parts: OneProcess, untilEnd: AbortSignal) {
    this.#parts = parts
    this.#until = untilEnd
  }

  start(): void {
    this.#stop = new AbortController()
    const signal = AbortSignal.any([this.#until, this.#stop.signal])
    this.#run = runReconcilerHere(this.#parts, signal)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#run
  }
}

async function send(intake: Intake, change: DemoChange): Promise<string> {
  const next = await intake.nextSequence({ source: change.source, tenant: DEV_TENANT })
  const event = changeEvent({
    change,
    tenant: DEV_TENANT,
    iss: DEV_IDP,
    id: `${change.source}-${randomUUID().slice(0, 8)}`,
    nowMs: Date.now(),
    ...(next === undefined ? {} : { sequence: String(next) }),
  })
  await intake.acceptChange(parseChangeEvent(event), change.source)
  return event.id
}

async function ask(
  edge: Edge,
  n: number,
  { token, group, audience }: DemoQuestion,
): Promise<DemoVerdict> {
  const require = group === undefined ? {} : { require: { groups: [group] } }
  const answer = await edge.decide({ token, ...(audience && { audience }), ...require })
  const verdict = answer.verdicts.get('groups')
  const stale = verdict?.kind === 'stale' ? verdict : undefined
  return {
    edge: EDGES[n] ?? 'edge',
    decision: answer.decision,
    verdict: verdict?.kind ?? 'none',
    ...(stale === undefined ? {} : { reason: stale.reason }),
    ...(stale?.change === undefined ? {} : { change: stale.change }),
    ...(verdict?.kind === 'unverified' ? { source: verdict.source } : {}),
  }
}

const EVERY_MS = 1_000

/** The tenant, and the sources that are silent now. */
interface Beating {
  readonly tenant: string
  readonly silent: ReadonlySet<string>
}

/** Sends the heartbeats of all sources of a registry, but of silent ones, until the signal aborts. */
async function keepHeartbeats(
  intake: Intake,
  registry: Registry,
  { tenant, silent }: Beating,
  signal: AbortSignal,
): Promise<void> {
  await sendAllHeartbeats(intake, registry, { tenant, silent })
  try {
    for await (const _ of every(EVERY_MS, undefined, { signal })) {
      await sendAllHeartbeats(intake, registry, { tenant, silent })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function sendAllHeartbeats(
  intake: Intake,
  registry: Registry,
  { tenant, silent }: Beating,
): Promise<void> {
  for (const source of registry.sources.values()) {
    if (silent.has(source.id)) continue
    // The clock is read before the end of the feed is asked for.
    const throughMs = Date.now()
    const sequence =
      source.ordering === 'dense' ? await lastOf(intake, { source: source.id, tenant }) : undefined
    const heartbeat = { tenant, source: source.id, throughMs }
    await intake.acceptHeartbeat(sequence === undefined ? heartbeat : { ...heartbeat, sequence })
  }
}

async function lastOf(intake: Intake, feed: Feed): Promise<bigint> {
  return ((await intake.nextSequence(feed)) ?? 1n) - 1n
}
