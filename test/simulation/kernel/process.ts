import { setMaxListeners } from 'node:events'
import type { Timer } from '@freshet/wire'
import { EPOCH_MS, type Kernel } from './kernel.ts'

/** The difference of a machine's clock from the true time. */
export interface WallClock {
  offsetMs: number
}

/**
 * One life of a process, from its start until it is killed: its clocks, and its waits. No wait of a dead
 * process ever ends, so its code stops at its present place. Its memory is gone with the objects that held
 * it.
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
    // Node keeps a signal made of others, and so the whole run, until one of them aborts.
    kernel.onEnd(() => this.#stop.abort('the run is over'))
    this.timer = {
      nowMs: () => EPOCH_MS + kernel.nowMs + wall.offsetMs,
      monotonicMs: () => kernel.nowMs - this.#startedMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  /** Asks the process to end in good order; a killed process does not receive it. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Resolves `ms` later, or at the end of a pause if there is one then; never for a dead process. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#wake(ms, resolve))
  }

  log(what: string, isMinor = false): void {
    this.kernel.log(this.name, what, isMinor)
  }

  get isPaused(): boolean {
    return this.pausedMs > 0
  }

  /** The time from now for which it does nothing. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.kernel.nowMs)
  }

  /** Delays every step of the process by so long. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.kernel.nowMs + ms)
  }

  /** Asks the process to end, and ends it after its grace time. */
  retire(graceMs: number): void {
    this.#stop.abort()
    this.kernel.after(graceMs, () => this.kill())
  }

  kill(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const callback of this.#deaths) callback()
  }

  onDeath(callback: () => void): void {
    this.#deaths.push(callback)
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

/** The sleepers to wake if a signal aborts: one listener for all, because sleeps are many. */
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

  /** The running process, if there is one. */
  get running(): Process | undefined {
    return this.#process?.isDead === true ? undefined : this.#process
  }

  start(): void {
    if (this.running !== undefined) return
    const process = new Process(this.name, this.#kernel, this.wall)
    this.#process = process
    process.log('starts')
    this.#boot(process)
  }
}
