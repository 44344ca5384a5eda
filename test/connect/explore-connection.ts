import { setMaxListeners } from 'node:events'
import { runConnection, type Connector, type FreshetPort } from '@freshet/connect'
import { CLOCK_TOLERANCE_MS, type SourceConnection } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { drained, Kernel } from '../simulation/kernel/kernel.ts'
import { ISS, ModelledFreshet } from './modelled-freshet.ts'
import { ModelledUpstream } from './modelled-upstream.ts'

const SETTLE_MS = 3_000
const COMPARE_MS = 40_000
const RUN_MS = 240_000
const SUBJECTS = 6
const VALUES = ['admin', 'auditor', 'clerk']

/** A part of the engine or of the gateway that a control replaces by a weaker one. */
export interface Weaken {
  readonly reads?: 'once'
  readonly fence?: 'none'
  readonly cursor?: 'latest'
  readonly through?: 'last event'
  readonly settle?: 'short'
  readonly clock?: 'unchecked'
  /** Processes are not paused, and their clocks are right. `restarts`: they end and begin again, one at a time. */
  readonly processes?: 'calm' | 'restarts'
  /** Some commits are announced by no event. */
  readonly isUnannounced?: boolean
}

/** The result of a run. */
export interface Explored {
  /** A value in force that was absent upstream at `through`, and later. */
  readonly violation: string | undefined
  /** A value in force that was absent upstream for longer than a comparison takes to find it. */
  readonly unannounced: string | undefined
  readonly heartbeats: number
  /** The changes that were charged to the owner. */
  readonly charged: number
  /** The greatest age of `through`, once there was one, in milliseconds. */
  readonly oldestMs: number
}

/** Runs two processes of one connection against an upstream system, with pauses, restarts and a wrong clock. */
export async function exploreConnection(seed: number, weaken: Weaken = {}): Promise<Explored> {
  const kernel = new Kernel(seed)
  const random = kernel.random('world')
  const startMs = kernel.nowMs
  const upstream = new ModelledUpstream(kernel, {
    settleMs: SETTLE_MS,
    unannounced: weaken.isUnannounced === true ? 0.3 : 0,
    readFails: 0.02,
  })
  const freshet = new ModelledFreshet(kernel, {
    isFenced: weaken.fence !== 'none',
    isClockChecked: weaken.clock !== 'unchecked',
  })
  let violation: string | undefined
  let unannounced: string | undefined
  let heartbeats = 0
  let lastThroughMs = 0
  let oldestMs = 0
  const noteAge = (): void => {
    if (lastThroughMs > 0) oldestMs = Math.max(oldestMs, kernel.nowMs - lastThroughMs)
  }
  kernel.every(200, kernel.random('age'), noteAge, never)
  freshet.onChange = () => {
    const throughMs = freshet.throughMs ?? Number.NEGATIVE_INFINITY
    if (throughMs > lastThroughMs) heartbeats += 1
    lastThroughMs = Math.max(lastThroughMs, throughMs)
    for (const { sub, value } of freshet.inForce()) {
      const untilMs = upstream.lastHad(sub, value)
      const at = `at ${kernel.nowMs - startMs}: ${sub} has ${value}, absent since ${untilMs - startMs}, through ${throughMs - startMs}`
      if (untilMs < throughMs - CLOCK_TOLERANCE_MS) violation ??= at
      if (untilMs < throughMs - 2 * COMPARE_MS) unannounced ??= at
    }
  }
  const values = (): ReadonlySet<string> => new Set(VALUES.filter(() => random.chance(0.5)))
  const subjectOf = (): string => `sub-${random.below(SUBJECTS)}`
  kernel.every(1_500, random, () => upstream.commit(subjectOf(), values()), never)
  kernel.every(60_000, random, () => upstream.restore(kernel.nowMs - random.below(20_000)), never)
  const processes = [0, 1].map((at) => new ModelledProcess(kernel, `process-${at}`))
  const restartsMs = weaken.processes === 'calm' ? 0 : 70_000
  const pausesMs = weaken.processes === undefined ? 50_000 : 0
  for (const [at, each] of processes.entries()) {
    if (at === 1 && weaken.processes !== undefined) continue
    kernel.after(at * 5_000, () => each.start((timer) => partsOf(timer, each)))
    kernel.every(pausesMs, random, () => each.pause(random.between(1_000, 30_000)), never)
    kernel.every(restartsMs, random, () => each.restart(), never)
  }
  function partsOf(timer: Timer, { name }: ModelledProcess) {
    const draws = kernel.random(name)
    const connector = upstream.connector(timer, 500, draws)
    const port = freshet.port(timer, draws)
    const settleMs = weaken.settle === 'short' ? SETTLE_MS / 6 : SETTLE_MS
    return {
      source: 'keycloak',
      connection: { ...CONNECTION, settleMs },
      heartbeatMs: 1_000,
      leaseMs: 10_000,
      removalShare: 1,
      timer,
      onEvent: () => {},
      ...weakened(weaken, connector, port, timer),
    }
  }
  await drained()
  await kernel.runUntil(
    startMs + RUN_MS,
    () => violation !== undefined && weaken.isUnannounced !== true,
  )
  for (const each of processes) each.end()
  return { violation, unannounced, heartbeats, oldestMs, charged: freshet.charged }
}

const CONNECTION: SourceConnection = {
  kind: 'keycloak',
  at: ISS,
  tenant: 'acme',
  settleMs: SETTLE_MS,
  intervalMs: 500,
  compareMs: COMPARE_MS,
  subject: { iss: ISS, sub: '/id' },
  account: false,
  claims: new Map([['roles', { each: '/roles/*', others: 'keep' }]]),
  options: new Map(),
}

const never = (): boolean => false

/** The connector and the port of a process, without the rule that the control switches off. */
function weakened(
  weaken: Weaken,
  connector: Connector,
  port: FreshetPort,
  timer: Timer,
): { readonly connector: Connector; readonly freshet: FreshetPort } {
  let latestCursor = ''
  let lastEventMs = 0
  const watched: Connector = {
    ...connector,
    async *hints(cursor, signal) {
      for await (const hint of connector.hints?.(cursor, signal) ?? []) {
        if (hint.kind === 'drained') latestCursor = hint.cursor
        if (hint.kind === 'touched') lastEventMs = Math.max(lastEventMs, hint.committedMs ?? 0)
        yield hint
      }
    },
  }
  const readOnce = new Map<
    string,
    { readonly row: Awaited<ReturnType<NonNullable<Connector['read']>>>; readonly atMs: number }
  >()
  const once: Connector = {
    ...watched,
    async read(key, signal) {
      const known = readOnce.get(key)
      if (known && timer.nowMs() - known.atMs < SETTLE_MS + 1_000) return known.row
      const row = await connector.read?.(key, signal)
      readOnce.set(key, { row, atMs: timer.nowMs() })
      return row
    },
  }
  const heartbeat: FreshetPort['heartbeat'] = (sent, signal) => {
    const [name] = sent.cursor.split(' ')
    const cursor = weaken.cursor === 'latest' ? `${name} ${latestCursor}` : sent.cursor
    const throughMs =
      weaken.through === 'last event' ? Math.max(sent.throughMs, lastEventMs) : sent.throughMs
    return port.heartbeat({ ...sent, cursor, throughMs }, signal)
  }
  return { connector: weaken.reads === 'once' ? once : watched, freshet: { ...port, heartbeat } }
}

/** A process that can be paused, restarted and ended. Its clock is wrong by at most 2 s, or 5 s after a pause. */
class ModelledProcess {
  readonly name: string
  readonly #kernel: Kernel
  #pausedUntilMs = 0
  #offsetMs = 0
  #life = new AbortController()
  #begin: () => void = () => {}

  constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel
    this.name = name
  }

  start(parts: (timer: Timer) => Parameters<typeof runConnection>[0]): void {
    this.#begin = () => {
      this.#life = new AbortController()
      const { signal } = this.#life
      void runConnection(parts(this.#timer(signal)), signal).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
    }
    this.#begin()
  }

  /** It does nothing for a while, and its clock is 5 s ahead when it wakes. */
  pause(ms: number): void {
    this.#pausedUntilMs = this.#kernel.nowMs + ms
    this.#offsetMs = 5_000
    this.#kernel.after(ms + 10_000, () => (this.#offsetMs = 0))
  }

  /** It ends at once, and begins again. */
  restart(): void {
    this.#life.abort()
    this.#kernel.after(1_000, () => this.#begin())
  }

  end(): void {
    this.#life.abort()
  }

  #timer(life: AbortSignal): Timer {
    const kernel = this.#kernel
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const wake = (): void => {
          // Nothing of a process that ended goes on.
          if (life.aborted) return
          const leftMs = this.#pausedUntilMs - kernel.nowMs
          if (leftMs > 0) kernel.after(leftMs, wake)
          else resolve()
        }
        kernel.after(ms, wake)
        if (signal === undefined) return
        setMaxListeners(0, signal)
        signal.addEventListener('abort', wake, { once: true })
      })
    return {
      nowMs: () => kernel.nowMs + this.#offsetMs,
      monotonicMs: () => kernel.nowMs,
      sleep,
    }
  }
}
