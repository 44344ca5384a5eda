import { randomUUID } from 'node:crypto'
import { askSourceSequence, postAsSource, readSourceKey, type SourceKey } from '@freshet/source'
import { ProblemError, readProblem } from '@freshet/source/problem'
import { startProtectedApp } from '@freshet/dev-stack'
import { authorityValidator, createEdge, type Edge, type RevocationFeed } from '@freshet/edge'
import type { ChangesAnswer, TimelineJson } from '@freshet/insight/answers'
import { kafkaRevocations } from '@freshet/kafka'
import { cutOffBody } from '../commands/changes/cut-off-order.ts'
import { askTouches, orderCutOff } from '../http/gateway-client.ts'
import type { DevFile } from '../stack/dev-file.ts'
import { startStack, type Stack } from '../stack/stack.ts'
import { mintToken } from '../stack/token-client.ts'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from '../stack/workspace.ts'
import { changeEvent } from './change-event.ts'
import { startLateApp } from './late-app.ts'
import { demoProgressOf } from './progress.ts'
import { inTime, until } from './until.ts'
import type { DemoChange, DemoQuestion, DemoVerdict, DemoWorld } from './world.ts'

const READY_WITHIN_MS = 45_000
const MINT_WITHIN_MS = 15_000
const AUDIENCE = 'payments'
const EDGE_CLIENT = 'payments-api'
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
  const feed = (): RevocationFeed => kafkaRevocations({ brokers: stack.at.brokers })
  const edge = await edgeOf(stack, feed(), { edgeId: 'application' })
  const app = await startProtectedApp(edge)
  const late = await startLateApp(feed(), (held) => edgeOf(stack, held))
  const reconciler = stack.processes.get('reconciler')
  return {
    kind: `${dev.kafka.kind}, ${dev.postgres.kind}, ${stack.processes.size} processes`,
    ready: () => untilReady(stack, [edge, late.edge]),
    send: (change) => send(stack, change),
    progress: async (id) => demoProgressOf(await timelineOf(stack, id)),
    ...minting(dev),
    edges: SIDECARS.length + 1,
    ask: (question) => Promise.all(SIDECARS.map((name) => check(stack, name, question))),
    request: (token, route) => app.request(token, route),
    late: late.late,
    async killReconciler() {
      await reconciler?.stop('SIGKILL')
    },
    async startReconciler() {
      await reconciler?.start()
    },
    ...hushing(stack),
    ...cuttingOff(stack),
    async stop() {
      await Promise.all([app.close(), late.close()])
      await stack.stop()
    },
  }
}

function minting({ authority, idp, clients }: DevFile): Pick<DemoWorld, 'mint' | 'mints'> {
  const client = clients[DEV_CLIENT] ?? { id: '', secret: '' }
  const from = { authority: authority.url, issuer: authority.issuer, idp, client }
  const tryMint = (subject: string, audience: string): Promise<string | undefined> =>
    mintToken({ ...from, subject, audience }).then((answer) => answer.access_token, askAgain)
  return {
    mint: async (...what) => (await until('a token', MINT_WITHIN_MS, () => tryMint(...what))).value,
    mints: async (...what) => (await tryMint(...what)) !== undefined,
  }
}

function hushing({ processes }: Stack): Pick<DemoWorld, 'hush' | 'wake'> {
  return {
    async hush(source) {
      await processes.get(`source:${source}`)?.stop('SIGKILL')
    },
    async wake(source) {
      await processes.get(`source:${source}`)?.start()
    },
  }
}

function cuttingOff({ at, workspace }: Stack): Pick<DemoWorld, 'cutOffReach' | 'cutOff'> {
  const gateway = { url: at.gateway, token: workspace.adminToken }
  const client = {
    kind: 'client',
    target: DEV_CLIENT,
    tenant: DEV_TENANT,
    claim: undefined,
  } as const
  const order = cutOffBody(client, randomUUID())
  return {
    cutOffReach: async () => (await askTouches(gateway, order)).touches,
    async cutOff() {
      await orderCutOff(gateway, order)
    },
  }
}

/** An edge as a service embeds it, which asks the authority on routes of high risk. */
function edgeOf(
  stack: Stack,
  revocations: RevocationFeed,
  more: { readonly edgeId?: string } = {},
): Promise<Edge> {
  const { authority: issuer } = stack.at
  const client = stack.describe().clients[EDGE_CLIENT] ?? { id: '', secret: '' }
  const validator = authorityValidator({ issuer, client })
  return createEdge({ ...more, issuer, audience: AUDIENCE, revocations, validator })
}

/** 503 means that a source has no current lease yet, and to ask again; anything else is an answer. */
function askAgain(error: unknown): undefined {
  if (error instanceof ProblemError && error.status === 503) return undefined
  throw error
}

/** The edges are live, and every source has a current lease in every partition. */
async function untilReady(stack: Stack, edges: readonly Edge[]): Promise<void> {
  const live = Promise.all(edges.map((edge) => edge.ready()))
  await inTime('the applications’ edges live', READY_WITHIN_MS, live)
  for (const name of SIDECARS) {
    await until(`${name} live`, READY_WITHIN_MS, async () =>
      (await fetch(new URL('/readyz', stack.at[name]))).ok ? true : undefined,
    )
  }
}

async function send(stack: Stack, change: DemoChange): Promise<string> {
  const key = await sourceKey(stack, change.source)
  const gateway = stack.at.gateway
  const { next } = await askSourceSequence(key, gateway, DEV_TENANT)
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

async function timelineOf(stack: Stack, id: string): Promise<TimelineJson | undefined> {
  const url = new URL(`/v1/changes/${encodeURIComponent(id)}`, stack.at.console)
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  if (response.status === 404) return undefined
  if (!response.ok) throw await readProblem(response)
  return ((await response.json()) as ChangesAnswer).items[0]
}

interface CheckAnswer {
  readonly decision: DemoVerdict['decision']
  readonly claims: Readonly<
    Record<
      string,
      {
        readonly verdict: string
        readonly reason?: string
        readonly change?: string
        readonly source?: string
      }
    >
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
  if (!response.ok) throw await readProblem(response)
  const { decision, claims } = (await response.json()) as CheckAnswer
  return { edge, decision, ...(claims['groups'] ?? { verdict: 'none' }) }
}
