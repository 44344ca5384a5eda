import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { mint } from '@freshet/authority'
import { FreshetError, invariant } from '@freshet/domain'
import { createEdge, type Edge } from '@freshet/edge'
import {
  importJwks,
  parseChangeEvent,
  publicJwks,
  readSigningKeySet,
  type SignatureAlgorithm,
  type TimedSigningKey,
} from '@freshet/events'
import { createIntake, type Intake } from '@freshet/intake'
import {
  MemoryDatabase,
  memoryMintStore,
  memoryObservatoryStore,
  memoryStampStore,
} from '@freshet/memory'
import { createObservatory, type Observatory, type Timeline } from '@freshet/observatory'
import { loadRegistry, systemClock } from '@freshet/runtime'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT, prepareWorkspace } from '../stack/workspace.ts'
import { changeEvent } from './change-event.ts'
import { keepHeartbeats } from './keep-heartbeats.ts'
import { makeLog, runReconcilerHere, type OneProcess } from './one-process-parts.ts'
import { progressOfTimeline } from './progress.ts'
import { startProtectedApp, type ProtectedApp } from './protected-app.ts'
import { inTime, until } from './until.ts'
import type { DemoChange, DemoQuestion, DemoVerdict, DemoWorld } from './world.ts'

const ISSUER = 'https://tokens.acme.example'
const AUDIENCE = 'payments'
const MINT_WITHIN_MS = 15_000
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
  const edgeOf = (edgeId: string): Promise<Edge> =>
    createEdge({
      issuer: ISSUER,
      audience: AUDIENCE,
      edgeId,
      keys,
      revocations: { reader: parts.log, reports: parts.log },
    })
  const edges = await Promise.all(EDGES.map(edgeOf))
  const app = await startProtectedApp(await edgeOf('application'))
  return live({ parts, edges, app, tokenKeys }, signal)
}

async function keysIn(file: string, alg: SignatureAlgorithm): Promise<readonly TimedSigningKey[]> {
  return readSigningKeySet(JSON.parse(await readFile(file, 'utf8')), alg)
}

interface Inhabitants {
  readonly parts: OneProcess
  readonly edges: readonly Edge[]
  readonly app: ProtectedApp
  readonly tokenKeys: readonly TimedSigningKey[]
}

async function live(inhabitants: Inhabitants, signal: AbortSignal): Promise<DemoWorld> {
  const { parts, edges, app } = inhabitants
  const { log, database, registry } = parts
  const store = memoryStampStore(database, systemClock)
  const timer = systemClock
  const macKey = (): Uint8Array => parts.macKey
  const intake = createIntake({ registry: registry.registry, store, writer: log, macKey, timer })
  const observatory = createObservatory({
    store: memoryObservatoryStore(database, systemClock),
    clock: systemClock,
  })
  const ended = new AbortController()
  const untilEnd = AbortSignal.any([signal, ended.signal])
  const reconciler = new Reconciler(parts, untilEnd)
  await intake.activateRegistry({ hash: registry.hash })
  reconciler.start()
  const background = [
    observatory.followReports(log, untilEnd),
    keepHeartbeats(intake, registry.registry, DEV_TENANT, untilEnd),
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
    progress: async (id) => progressOfTimeline(await firstTimeline(observatory, id)),
    mint: (subject, audience) => mintHere(inhabitants, subject, audience),
    edges: edges.length + 1,
    ask: (question) => Promise.all(edges.map((edge, n) => ask(edge, n, question))),
    request: (token, route) => request(app, token, route),
    killReconciler: () => reconciler.stop(),
    startReconciler: () => Promise.resolve(reconciler.start()),
    async stop() {
      await app.close()
      await Promise.all(edges.map((edge) => edge.close()))
      ended.abort()
      await Promise.all([...background, reconciler.stop()])
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

async function firstTimeline(observatory: Observatory, id: string): Promise<Timeline | undefined> {
  return (await observatory.change(id))[0]
}

async function mintHere(
  { parts, tokenKeys }: Inhabitants,
  subject: string,
  audienceName: string,
): Promise<string> {
  const audience = parts.registry.registry.audiences.get(audienceName)
  invariant(audience, `Audience ${audienceName} is not registered.`)
  const deps = {
    store: memoryMintStore(parts.database),
    clock: systemClock,
    randomId: () => randomUUID(),
    keys: () => tokenKeys,
    issuer: ISSUER,
    loaded: { registry: parts.registry.registry, hash: parts.registry.hash },
  }
  const parties = [{ tenant: DEV_TENANT, iss: DEV_IDP, sub: subject }] as const
  const order = { tenant: DEV_TENANT, parties, client: DEV_CLIENT, audience }
  const minted = await until(`a token for ${subject}`, MINT_WITHIN_MS, () =>
    mint(order, deps).catch(askAgain),
  )
  return minted.value.jwt
}

function askAgain(error: unknown): undefined {
  if (error instanceof FreshetError && error.disposition === 'retry') return undefined
  throw error
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
  }
}

async function request(app: ProtectedApp, token: string, route: string): Promise<number> {
  const [method = 'GET', path = '/'] = route.split(' ')
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(new URL(path, app.url), { method, headers })).status
}
