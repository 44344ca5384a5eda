import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../packages/cli/src/demo/until.ts'
import { check, type CheckAnswer } from '../e2e/edge.ts'
import { sourceOf } from '../e2e/source.ts'
import { SIDECARS, type TestStack } from '../e2e/test-stack.ts'
import { mint } from '../e2e/token.ts'

/** Within the lease of a source and the tolerance of clocks each edge has stopped to allow. */
export const D_MS = 7_000
const UNTOUCHED = 6
const REMOVED = 10
const BETWEEN_REMOVALS_MS = 1_000
const BETWEEN_ROUNDS_MS = 50
const POST_WITHIN_MS = 120_000
const ALLOWED_WITHIN_MS = 30_000
const require = { groups: ['b'] }

type Edge = (typeof SIDECARS)[number]

/** A subject with a token that is allowed until `b` is removed. */
interface Holder {
  readonly subject: string
  readonly token: string
  /** The time of the gateway's answer to the removal, by the clock of the witness. */
  acceptedMs: number | undefined
  /** The time at which each edge first called it stale. */
  readonly staleMs: Map<Edge, number>
}

/** The observations of the witness, in milliseconds of its own clock. */
export interface Testimony {
  readonly removals: number
  /** Time from the answer of the gateway to the first refusal as stale, of each removal and edge. */
  readonly refusedAfterMs: readonly number[]
  /** Longest time in which an edge allowed no token of a subject that lost nothing. */
  readonly unverifiedMs: number
  /** The last time at which an edge did not allow such a token, by its clock. 0: there was none. */
  readonly lastUnverifiedMs: number
  /** The number of questions later than D after an accepted removal that were answered by allow. */
  readonly letIn: number
}

/** Asks every edge all the time, and removes a value every second, whatever happens meanwhile. */
export interface Witness {
  /** Resolves when every edge allows every token that lost nothing. */
  untilAllAllowed(withinMs: number): Promise<void>
  /** Resolves when every edge refuses every accepted removal as stale. */
  untilAllRefused(withinMs: number): Promise<void>
  /** Ends the removals, and then the questions. */
  stop(): Promise<Testimony>
}

/** Prepares tokens, waits until all are allowed, and begins. `round` separates the subjects of runs. */
export async function startWitness(stack: TestStack, round: string): Promise<Witness> {
  const untouched = await prepare(stack, `${round} stands`, UNTOUCHED)
  const removed = await prepare(stack, `${round} loses`, REMOVED)
  const stop = new AbortController()
  const stretches = new Map<string, { lastMs: number; longestMs: number }>()
  let letIn = 0
  let lastUnverifiedMs = 0

  const askStatus = async (edge: Edge, { subject, token }: Holder): Promise<boolean> => {
    const answer = await ask(stack, token, edge)
    const nowMs = performance.now()
    const key = `${edge} ${subject}`
    const seen = stretches.get(key) ?? { lastMs: nowMs, longestMs: 0 }
    if (answer?.decision === 'allow') {
      seen.longestMs = Math.max(seen.longestMs, nowMs - seen.lastMs)
      seen.lastMs = nowMs
    } else lastUnverifiedMs = nowMs
    stretches.set(key, seen)
    return answer?.decision === 'allow'
  }
  const askRemoved = async (edge: Edge, holder: Holder): Promise<void> => {
    if (holder.acceptedMs === undefined) return
    const startedMs = performance.now()
    const answer = await ask(stack, holder.token, edge)
    if (answer?.decision === 'allow' && startedMs > holder.acceptedMs + D_MS) letIn += 1
    const isStale = answer?.claims['groups']?.verdict === 'stale'
    if (isStale && !holder.staleMs.has(edge)) holder.staleMs.set(edge, performance.now())
  }
  const watch = async (edge: Edge): Promise<void> => {
    while (!stop.signal.aborted) {
      await Promise.all([
        ...untouched.map((holder) => askStatus(edge, holder)),
        ...removed.map((holder) => askRemoved(edge, holder)),
      ])
      await wait(BETWEEN_ROUNDS_MS)
    }
  }
  const watching = SIDECARS.map(watch)
  const removing = removeInTurn(stack, removed, stop.signal)
  const taken = (): readonly Holder[] =>
    removed.filter(({ acceptedMs }) => acceptedMs !== undefined)
  return {
    async untilAllAllowed(withinMs) {
      await until('every edge allows again', withinMs, async () => {
        const answers = SIDECARS.flatMap((edge) => untouched.map((one) => askStatus(edge, one)))
        return (await Promise.all(answers)).every(Boolean) ? true : undefined
      })
    },
    async untilAllRefused(withinMs) {
      await removing
      await until('every removal is known', withinMs, async () =>
        taken().every(({ staleMs }) => staleMs.size === SIDECARS.length) ? true : undefined,
      )
    },
    async stop() {
      await removing
      stop.abort()
      await Promise.all(watching)
      const refusedAfterMs = taken().flatMap(({ acceptedMs = 0, staleMs }) =>
        [...staleMs.values()].map((ms) => ms - acceptedMs),
      )
      const longest = [...stretches.values()].map(({ longestMs }) => longestMs)
      const unverifiedMs = Math.max(...longest)
      return { removals: taken().length, refusedAfterMs, unverifiedMs, lastUnverifiedMs, letIn }
    },
  }
}

async function prepare(stack: TestStack, name: string, count: number): Promise<readonly Holder[]> {
  const subjects = Array.from({ length: count }, (_, at) => `${name} ${at}`)
  for (const subject of subjects) {
    await sourceOf(stack, 'hr').send({ op: 'set', subject, claim: 'groups', value: ['a', 'b'] })
    const entitlements = { claim: 'entitlements', value: ['invoices:read'] }
    await sourceOf(stack, 'iga').send({ op: 'set', subject, ...entitlements })
  }
  return Promise.all(subjects.map((subject) => allowedToken(stack, subject)))
}

/** Mints a token repeatedly until it has the value that was set just before. */
async function allowedToken(stack: TestStack, subject: string): Promise<Holder> {
  const { value: token } = await until(`a token of ${subject}`, ALLOWED_WITHIN_MS, async () => {
    const minted = await mint(stack, subject)
    const answers = await Promise.all(SIDECARS.map((edge) => ask(stack, minted, edge)))
    return answers.every((answer) => answer?.decision === 'allow') ? minted : undefined
  })
  return { subject, token, acceptedMs: undefined, staleMs: new Map() }
}

/** Sends one removal a second; each is posted again until the gateway accepts it. */
async function removeInTurn(
  stack: TestStack,
  holders: readonly Holder[],
  signal: AbortSignal,
): Promise<void> {
  const hr = sourceOf(stack, 'hr')
  for (const holder of holders) {
    if (signal.aborted) return
    const { subject } = holder
    await until(`the removal of ${subject} is taken`, POST_WITHIN_MS, async () => {
      const event = await hr.event({ op: 'remove', subject, claim: 'groups', value: 'b' })
      return (await hr.post(event)).status === 202 ? true : undefined
    })
    holder.acceptedMs = performance.now()
    await wait(BETWEEN_REMOVALS_MS)
  }
}

/** Returns undefined if the edge did not answer. */
function ask(stack: TestStack, token: string, edge: Edge): Promise<CheckAnswer | undefined> {
  return check(stack, { token, require }, edge).catch(() => undefined)
}
