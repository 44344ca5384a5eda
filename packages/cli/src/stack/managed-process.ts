import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { FreshetError } from '@freshet/protocol'
import { open } from 'node:fs/promises'

const TAIL_BYTES = 4_096
const TAIL_LINES = 12

/** The last lines of a log file, for the error text of a process that failed. */
async function tailOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return '(no log)'
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from)
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n')
    return lines.slice(-TAIL_LINES).join('\n')
  } finally {
    await handle.close()
  }
}

/** The longest time until a process is ready: a busy machine is slow, and a process that ends is noticed at once. */
const READY_WITHIN_MS = 90_000
/** The longest time until a process ends after SIGTERM; then it is killed. */
const STOP_WITHIN_MS = 8_000
const BACK_OFF_MS = { first: 250, max: 5_000 } as const

/** The plan of one process of the stack. */
export interface ProcessPlan {
  readonly name: string
  /** File that Node runs. */
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

/** Called when a process died unexpectedly; it is then started again after `againInMs`. */
export type OnDeath = (name: string, what: string, againInMs: number) => void

/**
 * A child process that prints `{"ready":true}` on stdout and logs to a file.
 *
 * Its stdin is a pipe that ends with this process, so that it ends too after a `kill -9` of ours. One that
 * dies by itself is started again, with back-off.
 */
export class ManagedProcess {
  readonly plan: ProcessPlan
  readonly #onDeath: OnDeath
  #child: ChildProcess | undefined
  #stopping = new AbortController()

  constructor(plan: ProcessPlan, onDeath: OnDeath) {
    this.plan = plan
    this.#onDeath = onDeath
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    this.#stopping = new AbortController()
    await this.#launch()
  }

  /** Ends it and waits. `SIGKILL` gives it no chance to finish anything. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#stopping.abort()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    const late = new AbortController()
    const timer = wait(STOP_WITHIN_MS, 'late', { signal: late.signal }).catch(() => 'ended')
    if ((await Promise.race([exited, timer])) === 'late') child.kill('SIGKILL')
    late.abort()
    await exited
  }

  async #launch(): Promise<void> {
    const { entry, env, logFile } = this.plan
    const log = openSync(logFile, 'a')
    const child = spawn(process.execPath, ['--enable-source-maps', entry], {
      env: { ...inherited(), ...env, FRESHET_STOP_WITH_STDIN: 'true' },
      stdio: ['pipe', 'pipe', log],
      // Ctrl-C in a terminal reaches a whole process group; the order of ending is ours to choose.
      detached: true,
    })
    closeSync(log)
    this.#child = child
    await this.#untilReady(child)
    child.once('exit', (code, signal) => this.#died(signal ?? `exit ${code}`, BACK_OFF_MS.first))
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const late = AbortSignal.timeout(READY_WITHIN_MS)
    const ready = new Promise<'ready'>((resolve) => {
      if (!child.stdout) return
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes('"ready":true')) resolve('ready')
      })
    })
    const exited = once(child, 'exit', { signal: late }).then(() => 'exited' as const)
    const outcome = await Promise.race([ready, exited.catch(() => 'late' as const)])
    if (outcome === 'ready') return
    child.kill('SIGKILL')
    const why =
      outcome === 'late' ? `was not ready within ${READY_WITHIN_MS / 1_000} s` : 'ended at once'
    const tail = await tailOf(this.plan.logFile)
    throw new FreshetError('config.invalid', `${this.plan.name} ${why}; its log ends:\n${tail}`)
  }

  #died(what: string, againInMs: number): void {
    if (this.#stopping.signal.aborted) return
    this.#onDeath(this.plan.name, what, againInMs)
    const next = Math.min(againInMs * 2, BACK_OFF_MS.max)
    wait(againInMs, undefined, { signal: this.#stopping.signal })
      .then(() => this.#launch())
      .catch((error: unknown) => this.#died(String(error).slice(0, 200), next))
  }
}

/** The part of our environment that a service inherits; its own settings are given one by one. */
function inherited(): Record<string, string> {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS']
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (passed.includes(entry[0]) || isPassed(entry[0])),
    ),
  )
}

/** The settings for the user's own broker or database pass on to the services. */
function isPassed(name: string): boolean {
  if (/^KAFKA_(TLS|SASL|ALLOW)/.test(name)) return Boolean(process.env['KAFKA_BROKERS'])
  return name.startsWith('OTEL_') || name === 'DATABASE_ALLOW_PLAINTEXT'
}
