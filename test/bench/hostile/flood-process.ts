import { machineClock } from '../measure/clock.ts'
import { Connections, type Target } from '../http/connections.ts'
import { childArgument, hearParent, tellParent } from '../run/child.ts'
import type { AssaultRequest } from './assault.ts'
import { firstRefusal, type FirstRefusal } from './first-refusal.ts'
import { signedLines } from './signed-lines.ts'

/** The arguments of the process of an attacker. */
export interface FloodPlan {
  /** Requests that are in progress at once, at most. */
  readonly connections: number
  readonly ratePerS: number
}

/** A flood of one request at one service. */
export interface FloodOrder {
  readonly base: string
  readonly request: AssaultRequest
  readonly ms: number
}

/** The result of a flood. */
export interface FloodReport {
  readonly first: FirstRefusal
  readonly answered: number
  /** Answers by status; 0: the service closed the connection without an answer. */
  readonly statuses: ReadonlyMap<number, number>
  readonly elapsedMs: number
  /** Processor time of this process meanwhile. */
  readonly cpuUs: number
}

const TICK_MS = 5
/** Answers that did not come by then are not waited for. */
const LAST_ANSWER_MS = 10_000

/** Entry of a process that sends one request again and again, as fast as a rate and the service allow. */
const { connections: connectionsMax, ratePerS } = childArgument() as FloodPlan
tellParent('ready')
for (;;) tellParent(await flood(await hearParent<FloodOrder>()))

async function flood({ base, request, ms }: FloodOrder): Promise<FloodReport> {
  const { method, path, headers, body: text = '', signer } = request
  const url = new URL(path, base).href
  const from = Array.from({ length: connectionsMax }, (_, n) => `127.0.1.${n + 1}`)
  const target: Target = {
    url,
    headers,
    connections: connectionsMax,
    from,
    ...(method && { method }),
  }
  const body = Buffer.from(text, 'latin1')
  const lineOf = await signedLines(signer)
  const first = await firstRefusal(target, body, lineOf())
  const connections = new Connections(target)
  const statuses = new Map<number, number>()
  const pending = new Set<Promise<void>>()
  const note = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const send = (): void => {
    const answer = connections.post(body, lineOf()).then(({ status }) => status)
    const done = answer
      .catch(() => 0)
      .then(note)
      .finally(() => pending.delete(done))
    pending.add(done)
  }
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  await atRate(ms, (count) => {
    // A request that finds no connection is not sent later: the rate is a limit, without a backlog.
    for (let n = Math.min(count, connections.free); n > 0; n -= 1) send()
  })
  await Promise.race([Promise.all(pending), machineClock.sleep(LAST_ANSWER_MS)])
  const { user, system } = process.cpuUsage(cpu)
  const elapsedMs = performance.now() - startMs
  const answered = [...statuses].reduce((sum, [status, n]) => sum + (status === 0 ? 0 : n), 0)
  const report = { first, answered, statuses: new Map(statuses), elapsedMs, cpuUs: user + system }
  connections.close()
  return report
}

/** Calls with the number of requests that became due since the last call. */
async function atRate(ms: number, call: (count: number) => void): Promise<void> {
  const startMs = performance.now()
  let due = 0
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - startMs) {
    const before = due
    due = Math.floor((elapsedMs * ratePerS) / 1_000)
    call(due - before)
    await machineClock.sleep(TICK_MS)
  }
}
