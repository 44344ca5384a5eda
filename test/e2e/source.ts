import { randomUUID } from 'node:crypto'
import { partitionOf } from '@freshet/protocol'
import { askSourceSequence, readSourceKey, sourceAssertion } from '@freshet/source'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'

/** The part of a change that a test chooses; a `subject` is a name at the identity provider. */
export interface TestChange {
  readonly op: string
  readonly subject?: string
  /** Another identity provider than that of the stack. */
  readonly iss?: string
  readonly claim?: string
  readonly value?: unknown
  readonly scope?: string
  readonly target?: string
  readonly onBehalfOf?: string
  /** Default: the time, above the version of every event before. */
  readonly sourceVersion?: string
  /** Default: now. */
  readonly occurredAt?: string
  /** The parts that a snapshot states beside claims. */
  readonly states?: readonly ('accounts' | 'cut-offs')[]
  readonly settles?: readonly object[]
}

/** A CloudEvent as it is sent. */
export interface TestEvent extends Readonly<Record<string, unknown>> {
  readonly id: string
}

/** The gateway's answer. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A source with its key, which uses plain HTTP to the gateway. */
export interface TestSource {
  /** Returns a new event with the next version and, if the source numbers itself, the next sequence. */
  event(change: TestChange): Promise<TestEvent>
  /** Posts an event; it can be called with the same event again. */
  post(event: TestEvent, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Creates and posts an event. The answer must be 202. Returns the change's id. */
  send(change: TestChange): Promise<string>
  /** Posts a heartbeat of a source that does not number itself. */
  sendHeartbeat(throughMs: number): Promise<Answer>
}

let lastVersion = 0

/** Returns a source of the stack. */
export function sourceOf(stack: Stack, source: 'hr' | 'iga' | 'security'): TestSource {
  const gateway = stack.at.gateway
  const key = readSourceKey(source, stack.workspace.sources[source]?.keyFile ?? '')
  const event = async (change: TestChange): Promise<TestEvent> => {
    const { next } = await askSourceSequence(await key, gateway, DEV_TENANT)
    const data = { ...dataOf(change), ...(next === undefined ? {} : { sequence: next }) }
    const id = `${source}-${randomUUID().slice(0, 12)}`
    return { specversion: '1.0', id, source, type: 'dev.freshet.change.v1', data }
  }
  const postTo = async (path: string, sent: object, headers: object): Promise<Answer> => {
    const response = await fetch(new URL(path, gateway), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await sourceAssertion(await key, gateway)}`,
        ...headers,
      },
      body: JSON.stringify(sent),
      signal: AbortSignal.timeout(10_000),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  const post = (sent: TestEvent, headers = {}): Promise<Answer> =>
    postTo('/v1/changes', sent, { 'content-type': 'application/cloudevents+json', ...headers })
  const send = async (change: TestChange): Promise<string> => {
    const sent = await event(change)
    const { status, body } = await post(sent)
    if (status !== 202) throw new Error(`The gateway answered ${status} ${JSON.stringify(body)}`)
    return sent.id
  }
  const sendHeartbeat = (throughMs: number): Promise<Answer> => {
    const heartbeat = { tenant: DEV_TENANT, through: new Date(throughMs).toISOString() }
    return postTo('/v1/heartbeats', heartbeat, { 'content-type': 'application/json' })
  }
  return { event, post, send, sendHeartbeat }
}

/** Returns a name at the identity provider of the stack whose changes go to this partition. */
export function subjectIn(partition: number): string {
  const names = Array.from({ length: 1_000 }, (_, n) => `subject-${n}`)
  const isThere = (sub: string): boolean =>
    partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub }) === partition
  const found = names.find(isThere)
  if (found === undefined) throw new Error(`No name falls into partition ${partition}.`)
  return found
}

function dataOf({ subject, iss, ...change }: TestChange): object {
  const nowMs = Date.now()
  lastVersion = Math.max(lastVersion + 1, nowMs)
  return {
    tenant: DEV_TENANT,
    sourceVersion: String(lastVersion),
    occurredAt: new Date(nowMs).toISOString(),
    ...change,
    ...(subject === undefined ? {} : { subject: subjectOf(subject, iss) }),
  }
}

function subjectOf(sub: string, iss = DEV_IDP): object {
  return { format: 'iss_sub', iss, sub }
}
