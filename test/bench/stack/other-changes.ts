import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { postAsSource, readSourceKey } from '@freshet/source'
import { personOf, SUBJECTS } from '../pipeline/change-mix.ts'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from './bench-stack.ts'
import { ChangeFeed } from './change-feed.ts'

/** Ordinary changes, of another source than the one that sends the snapshot. */
export const ORDINARY_PER_S = 1_000
/** Changes of the control partition, of the same source that sends the snapshot. */
const CONTROL_PER_S = 10
const EVERY_MS = 20
const MS_PER_S = 1_000

/** Changes that flow until they are stopped. */
export interface OtherChanges {
  /**
   * Stops both flows. Returns the ids of the control changes, by the time in ms at which each should have
   * been sent.
   */
  stop(): Promise<ReadonlyMap<string, number>>
}

/** Sends both, in an open loop each. @throws from `stop` the error that refused one of them */
export function letFlow(context: BenchContext, stack: BenchStack): OtherChanges {
  const stop = new AbortController()
  context.defer(() => stop.abort())
  const ordinary = awaitedLater(flowOrdinary(context, stack, stop.signal))
  const control = awaitedLater(flowControl(context, stack, stop.signal))
  return {
    async stop() {
      stop.abort()
      await ordinary
      return control
    },
  }
}

/** Sends entitlements that are removed and given back, stamped by the gateway's code and appended. */
async function flowOrdinary(
  context: BenchContext,
  stack: BenchStack,
  signal: AbortSignal,
): Promise<void> {
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  const appends: Promise<void>[] = []
  await openLoop(context, ORDINARY_PER_S, signal, (n) => {
    const values = [Math.floor(n / SUBJECTS) % 2 === 0 ? 'invoices:read' : 'invoices:pay']
    const change = { kind: 'claim', op: 'set', claim: 'entitlements', values } as const
    const about = { ...originOf('iga', n), subject: personOf(n % SUBJECTS) }
    appends.push(awaitedLater(feed.append({ ...change, ...about })))
  })
  await Promise.all(appends)
}

/** Revokes sessions of subjects, each by a request to the gateway. */
async function flowControl(
  context: BenchContext,
  { workspace, at: { gateway } }: BenchStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const key = await readSourceKey('hr', workspace.sources['hr']?.keyFile ?? '')
  const sent = new Map<string, number>()
  const posts: Promise<unknown>[] = []
  await openLoop(context, CONTROL_PER_S, signal, (n, dueMs) => {
    const json = revokedSessions(n)
    sent.set(json.id, dueMs)
    const body = { contentType: 'application/cloudevents+json', json }
    posts.push(awaitedLater(postAsSource(key, { gateway, path: '/v1/changes' }, body)))
  })
  await Promise.all(posts)
  return sent
}

/** Keeps a rejection for the caller that awaits the work in the end. */
function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

function originOf(source: string, n: number) {
  const occurredAtMs = Date.now()
  const sourceVersion = { epoch: 0n, n: BigInt(n + 1) }
  const sequence = BigInt(n + 1)
  return { tenant: DEV_TENANT, source, id: `${source}-${n}`, occurredAtMs, sourceVersion, sequence }
}

function revokedSessions(n: number) {
  const [id, nowMs] = [`revoked-${n}`, Date.now()]
  const subject = { format: 'iss_sub', iss: DEV_IDP, sub: personOf(n % SUBJECTS).sub }
  const at = { sourceVersion: String(nowMs), occurredAt: new Date(nowMs).toISOString() }
  return {
    specversion: '1.0',
    id,
    source: 'hr',
    type: 'dev.freshet.change.v1',
    data: { tenant: DEV_TENANT, subject, op: 'sessions-revoked', ...at },
  }
}

/** Calls at each due time, or as soon as this process can, until the signal aborts. */
async function openLoop(
  { clock }: BenchContext,
  ratePerS: number,
  signal: AbortSignal,
  start: (n: number, dueMs: number) => void,
): Promise<void> {
  const startMs = Date.now()
  for (let n = 0; !signal.aborted; await clock.sleep(EVERY_MS))
    for (let dueMs = startMs + (n * MS_PER_S) / ratePerS; dueMs <= Date.now(); n += 1) {
      start(n, dueMs)
      dueMs = startMs + ((n + 1) * MS_PER_S) / ratePerS
    }
}
