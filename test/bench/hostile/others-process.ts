import { setTimeout as pause } from 'node:timers/promises'
import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { postAsSource, readSourceKey } from '@freshet/source'
import { Connections } from '../http/connections.ts'
import { machineClock } from '../measure/clock.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'
import { personNamed } from '../stack/people.ts'
import { exchangeBodies, formHeaders, tokenUrl, type TokenStack } from '../stack/token-requests.ts'

/** Gives people a group and a token each, or measures while the others are served. */
export type OthersOrder =
  | { readonly kind: 'prepare'; readonly removals: number }
  | { readonly kind: 'watch'; readonly ms: number }

/** The answer to `prepare`. */
export interface PreparedOthers {
  /** A valid token that the edge refuses, because its subject lost a value. */
  readonly stale: string
}

/** The answer to `watch`: durations in nanoseconds. */
export interface OthersReport {
  readonly checks: number
  /** Checks that were not allowed as fresh, and the first answer to one. */
  readonly unverified: number
  readonly other: string | undefined
  /** The times from the sending of a removal to the first refusal at the edge. */
  readonly sentNs: readonly number[]
  /** The times from its 202 to that refusal. */
  readonly removalNs: readonly number[]
}

interface Person {
  readonly sub: string
  readonly token: string
}

const GROUP = 'payments-approvers'
const CHECK_EVERY_MS = 50
const POLL_MS = 5
const AGAIN_MS = 100
const WITHIN_MS = 60_000
const CONNECTIONS = 16

/** Entry of the process of everybody who has nothing to do with a flood: HR, and a service with an edge. */
const stack = childArgument() as TokenStack
const { workspace, at } = stack
const key = await readSourceKey('hr', workspace.sources['hr']?.keyFile ?? '')
const json = { 'content-type': 'application/json' }
const checked = new URL('/v1/check', at.sidecar).href
const edge = new Connections({ url: checked, headers: json, connections: CONNECTIONS })
const authority = new Connections({
  url: tokenUrl(stack),
  headers: { ...formHeaders(stack) },
  connections: 1,
})
let number = 0
let people: readonly Person[] = []
sendToParent('ready')
for (;;) {
  const order = await receiveFromParent<OthersOrder>()
  sendToParent(order.kind === 'prepare' ? await prepare(order.removals) : await watch(order.ms))
}

/** One person more keeps the group, and another loses it at once. */
async function prepare(removals: number): Promise<PreparedOthers> {
  const count = removals + 2
  const subjects = Array.from({ length: count }, (_, n) => personNamed(n))
  await sendUntilTaken(subjects.map((sub) => change(sub, 'set')))
  const bodies = await exchangeBodies(stack, count)
  const prepared: Person[] = []
  for (const [n, sub] of subjects.entries())
    prepared.push({ sub, token: await allowedToken(bodies[n] ?? '') })
  const last = prepared.pop() ?? { sub: '', token: '' }
  await sendUntilTaken([change(last.sub, 'remove')])
  await until(async () => !(await isAllowed(last.token)))
  people = prepared
  return { stale: last.token }
}

async function watch(ms: number): Promise<OthersReport> {
  const [kept, ...leaving] = people
  const found = { checks: 0, unverified: 0, other: undefined as string | undefined }
  const startMs = performance.now()
  const work = leaving.map(async ({ sub, token }, n) => {
    await pause((ms * (n + 0.5)) / leaving.length)
    return removal(sub, token)
  })
  while (performance.now() - startMs < ms) {
    const { text } = await edge.post(question(kept?.token ?? ''))
    found.checks += 1
    if (!allows(text)) {
      found.unverified += 1
      found.other ??= text
    }
    await pause(CHECK_EVERY_MS)
  }
  const times = await Promise.all(work)
  const sentNs = times.map(({ sent }) => sent)
  return { ...found, sentNs, removalNs: times.map(({ taken }) => taken) }
}

/** Returns the times from the sending, and from the 202. */
async function removal(sub: string, token: string): Promise<Record<'sent' | 'taken', number>> {
  const startNs = machineClock.nowNs()
  await sendUntilTaken([change(sub, 'remove')])
  const takenNs = machineClock.nowNs()
  await until(async () => !(await isAllowed(token)), POLL_MS)
  const refusedNs = machineClock.nowNs()
  return { sent: refusedNs - startNs, taken: refusedNs - takenNs }
}

function change(sub: string, op: 'set' | 'remove'): object {
  number += 1
  const nowMs = Date.now()
  return {
    specversion: '1.0',
    id: `others-${nowMs}-${number}`,
    source: 'hr',
    type: 'dev.freshet.change.v1',
    data: {
      tenant: DEV_TENANT,
      subject: { format: 'iss_sub', iss: DEV_IDP, sub },
      claim: 'groups',
      op,
      value: [GROUP],
      sourceVersion: String(nowMs * 1_000 + number),
      occurredAt: new Date(nowMs).toISOString(),
    },
  }
}

/** A source sends again what was not taken. */
async function sendUntilTaken(events: readonly object[]): Promise<void> {
  const [event] = events
  const body =
    events.length > 1
      ? { contentType: 'application/cloudevents-batch+json', json: events }
      : { contentType: 'application/cloudevents+json', json: event }
  await until(() =>
    postAsSource(key, { gateway: at.gateway, path: '/v1/changes' }, body).then(
      () => true,
      () => false,
    ),
  )
}

/** Mints until the token has the group, and the edge allows it. */
async function allowedToken(body: string): Promise<string> {
  let token = ''
  await until(async () => {
    const { status, text } = await authority.post(body)
    if (status !== 200) return false
    token = (JSON.parse(text) as { readonly access_token: string }).access_token
    return isAllowed(token)
  })
  return token
}

async function isAllowed(token: string): Promise<boolean> {
  return allows((await edge.post(question(token))).text)
}

function question(token: string): string {
  return JSON.stringify({ token, require: { groups: [GROUP] } })
}

function allows(text: string): boolean {
  return text.includes('"decision":"allow"')
}

/** Ends after a minute, too: a longer time counts as a minute. */
async function until(isDone: () => Promise<boolean>, everyMs = AGAIN_MS): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS
  while (!(await isDone()) && performance.now() < deadlineMs) await pause(everyMs)
}
