import { randomUUID } from 'node:crypto'
import { createEdge } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
import { ProblemError, problemOf } from '../http/problem-error.ts'
import {
  postAsSource,
  readSourceKey,
  sourceStatus,
  type SourceKey,
} from '../stack/source-client.ts'
import { startStack, type Stack } from '../stack/stack.ts'
import { mintToken } from '../stack/token-client.ts'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from '../stack/workspace.ts'
import { changeEvent } from './change-event.ts'
import { progressOf, type TimelineAnswer } from './progress.ts'
import { startProtectedApp, type ProtectedApp } from './protected-app.ts'
import { inTime, until } from './until.ts'
import type { DemoChange, DemoQuestion, DemoVerdict, DemoWorld } from './world.ts'

const READY_WITHIN_MS = 45_000
const MINT_WITHIN_MS = 15_000
const AUDIENCE = 'payments'
const SIDECARS = ['sidecar', 'sidecar:2'] as const

/** The real thing: broker, database and every service as its own process, on loopback. */
export async function startRealWorld(
  dir: string,
  signal: AbortSignal,
  note: (sentence: string) => void,
): Promise<DemoWorld> {
  const onDeath = (name: string, what: string): void => note(`${name} died (${what})`)
  const stack = await startStack({ dir, signal, onStep: note, onDeath })
  try {
    return await inhabit(stack)
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function inhabit(stack: Stack): Promise<DemoWorld> {
  const dev = stack.describe()
  const revocations = kafkaRevocations({ brokers: stack.at.brokers })
  const edge = await createEdge({
    issuer: stack.at.authority,
    audience: AUDIENCE,
    edgeId: 'application',
    revocations,
  })
  const app = await startProtectedApp(edge)
  const mint = async (subject: string, audience: string): Promise<string> => {
    const { authority, idp, clients } = dev
    const client = clients[DEV_CLIENT] ?? { id: '', secret: '' }
    const from = { authority: authority.url, issuer: authority.issuer, idp, client }
    const minted = await until(`a token for ${subject}`, MINT_WITHIN_MS, () =>
      mintToken({ ...from, subject, audience }).catch(askAgain),
    )
    return minted.value.access_token
  }
  const reconciler = stack.processes.get('reconciler')
  return {
    kind: `${dev.kafka.kind}, ${dev.postgres.kind}, ${stack.processes.size} processes`,
    ready: () => untilReady(stack, () => edge.ready()),
    send: (change) => send(stack, change),
    progress: async (id) => progressOf(await askConsole(stack, id)),
    mint,
    edges: SIDECARS.length + 1,
    ask: (question) => Promise.all(SIDECARS.map((name) => check(stack, name, question))),
    request: (token, route) => request(app, token, route),
    async killReconciler() {
      await reconciler?.stop('SIGKILL')
    },
    async startReconciler() {
      await reconciler?.start()
    },
    async stop() {
      await app.close()
      await stack.stop()
    },
  }
}

/** 503 says that a source is not heard yet, and to ask again; anything else is an answer. */
function askAgain(error: unknown): undefined {
  if (error instanceof ProblemError && error.status === 503) return undefined
  throw error
}

/** The edges are live, and every source was heard in every partition. */
async function untilReady(stack: Stack, edgeReady: () => Promise<void>): Promise<void> {
  await inTime('the application’s edge live', READY_WITHIN_MS, edgeReady())
  for (const name of SIDECARS) {
    await until(`${name} live`, READY_WITHIN_MS, async () =>
      (await fetch(new URL('/readyz', stack.at[name]))).ok ? true : undefined,
    )
  }
}

async function send(stack: Stack, change: DemoChange): Promise<string> {
  const key = await sourceKey(stack, change.source)
  const gateway = stack.at.gateway
  const { next } = await sourceStatus(key, gateway, DEV_TENANT)
  const event = changeEvent({
    change,
    tenant: DEV_TENANT,
    iss: DEV_IDP,
    id: `${change.source}-${randomUUID().slice(0, 8)}`,
    nowMs: Date.now(),
    ...(next === undefined ? {} : { sequence: next }),
  })
  const contentType = 'application/cloudevents+json'
  await postAsSource(key, { gateway, path: '/v1/changes' }, { contentType, json: event })
  return event.id
}

function sourceKey(stack: Stack, source: string): Promise<SourceKey> {
  return readSourceKey(source, stack.workspace.sources[source]?.keyFile ?? '')
}

async function askConsole(stack: Stack, id: string): Promise<TimelineAnswer | undefined> {
  const url = new URL(`/v1/changes/${encodeURIComponent(id)}`, stack.at.console)
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (response.status === 404) return undefined
  if (!response.ok) throw await problemOf(response)
  return (await response.json()) as TimelineAnswer
}

interface CheckAnswer {
  readonly decision: DemoVerdict['decision']
  readonly claims: Readonly<
    Record<string, { readonly verdict: string; readonly reason?: string; readonly change?: string }>
  >
}

async function check(
  stack: Stack,
  edge: (typeof SIDECARS)[number],
  { token, group, audience }: DemoQuestion,
): Promise<DemoVerdict> {
  const require = group === undefined ? {} : { require: { groups: [group] } }
  const response = await fetch(new URL('/v1/check', stack.at[edge]), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, ...(audience && { audience }), ...require }),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw await problemOf(response)
  const { decision, claims } = (await response.json()) as CheckAnswer
  const { verdict = 'none', reason, change } = claims['groups'] ?? {}
  return {
    edge,
    decision,
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...(change === undefined ? {} : { change }),
  }
}

async function request(app: ProtectedApp, token: string, route: string): Promise<number> {
  const [method = 'GET', path = '/'] = route.split(' ')
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(new URL(path, app.url), { method, headers })).status
}
