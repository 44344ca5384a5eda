import { setMaxListeners } from 'node:events'
import type { Timer } from '@freshet/events'
import { EPOCH_MS, type Kernel } from './kernel.ts'

/** How the clock of a machine stands to the true time. */
export interface WallClock {
  offsetMs: number
}

/**
 * One life of a process, from its start until it is killed: its clocks, and its waiting. Nothing
 * that a dead process waits for ever comes, so its code stops wherever it stood; its memory is gone
 * with the objects that held it.
 */
export class Process {
  readonly name: string
  readonly kernel: Kernel
  readonly timer: Timer
  readonly #stop = new AbortController()
  readonly #startedMs: number
  readonly #deaths: (() => void)[] = []
  #isDead = false
  #pausedUntilMs = 0

  constructor(name: string, kernel: Kernel, wall: WallClock) {
    this.name = name
    this.kernel = kernel
    this.#startedMs = kernel.nowMs
    setMaxListeners(0, this.#stop.signal)
    // Node holds on to a signal made of others, and so to the whole run, until one of them aborts.
    kernel.onEnd(() => this.#stop.abort('the run is over'))
    this.timer = {
      nowMs: () => EPOCH_MS + kernel.nowMs + wall.offsetMs,
      monotonicMs: () => kernel.nowMs - this.#startedMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  /** Asks the process to end in good order; a killed one is not asked. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Resolves `ms` later; when a pause is over, if one holds then; never for the dead. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#wake(ms, resolve))
  }

  tell(what: string, isMinor = false): void {
    this.kernel.tell(this.name, what, isMinor)
  }

  get isPaused(): boolean {
    return this.pausedMs > 0
  }

  /** For how long from now it does nothing. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.kernel.nowMs)
  }

  /** Everything that the process would do waits so long. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.kernel.nowMs + ms)
  }

  /** Asks it to end, and ends it when it had its time for that. */
  retire(graceMs: number): void {
    this.#stop.abort()
    this.kernel.after(graceMs, () => this.kill())
  }

  kill(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const tell of this.#deaths) tell()
  }

  onDeath(tell: () => void): void {
    this.#deaths.push(tell)
  }

  #wake(ms: number, run: () => void): void {
    this.kernel.after(ms, () => {
      const leftMs = this.#pausedUntilMs - this.kernel.nowMs
      if (leftMs > 0) this.#wake(leftMs, run)
      else if (!this.#isDead) run()
    })
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    if (signal === undefined) return this.wait(ms)
    const sleepers = sleepersOf(signal)
    return new Promise((resolve) => {
      const wake = (): void => {
        sleepers.delete(wake)
        resolve()
      }
      sleepers.add(wake)
      this.#wake(ms, wake)
    })
  }
}

/** Who is to be woken when a signal aborts: one listener for all, since sleeps are many. */
const sleepersBy = new WeakMap<AbortSignal, Set<() => void>>()

function sleepersOf(signal: AbortSignal): Set<() => void> {
  const known = sleepersBy.get(signal)
  if (known !== undefined) return known
  const sleepers = new Set<() => void>()
  const wakeAll = (): void => {
    for (const wake of sleepers) wake()
  }
  signal.addEventListener('abort', wakeAll, { once: true })
  sleepersBy.set(signal, sleepers)
  return sleepers
}

/** A place where a process runs, and is started again after it died. */
export class Host {
  readonly name: string
  readonly wall: WallClock
  readonly #kernel: Kernel
  readonly #boot: (process: Process) => void
  #process: Process | undefined

  constructor(name: string, kernel: Kernel, wall: WallClock, boot: (process: Process) => void) {
    this.name = name
    this.wall = wall
    this.#kernel = kernel
    this.#boot = boot
  }

  /** The process that runs, unless none does. */
  get running(): Process | undefined {
    return this.#process?.isDead === true ? undefined : this.#process
  }

  start(): void {
    if (this.running !== undefined) return
    const process = new Process(this.name, this.#kernel, this.wall)
    this.#process = process
    process.tell('starts')
    this.#boot(process)
  }
}
