import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createKafka, planTopics } from '@freshet/kafka'
import { startKafka, type LocalKafka } from '@freshet/local-kafka'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { cleanUpLeftovers, makeOwnedDir, type DirKind } from '@freshet/owned-dir'
import { machineClock, type BenchClock } from '../measure/clock.ts'
import type { BenchContext } from '../scenario.ts'
import { isNamed } from './arguments.ts'
import { startChild } from './child.ts'
import { ROOT } from './root.ts'

const DIRS: DirKind = { prefix: 'freshet-bench-', endWith: 'SIGTERM' }
const REPETITIONS = { quick: 3, full: 5 } as const
const SCALES = { quick: 0.01, full: 1 } as const

/** The common settings of all scenarios of a run. */
export interface RunSettings {
  readonly quick: boolean
  /** The names of the command line. Default: none, which selects everything. */
  readonly names?: readonly string[]
  /** Share of the full size; absent: the one that fits the kind of run. */
  readonly scale?: number
  /** Ends the run: everything that was started is ended, and nothing is started any more. */
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
  /** Called with the service that is measured. */
  readonly onService: (name: 'kafka' | 'postgres', kind: string) => void
}

/** Removes the folders of runs that were killed. */
export async function cleanUpKilledRuns(): Promise<void> {
  await cleanUpLeftovers(DIRS)
}

/** The resources of one scenario, and their end. */
export class Scope implements BenchContext {
  readonly clock: BenchClock = machineClock
  readonly quick: boolean
  readonly repetitions: number
  readonly scale: number
  readonly #settings: RunSettings
  readonly #ends: (() => void | Promise<void>)[] = []
  #kafka: Promise<LocalKafka> | undefined
  #postgres: Promise<LocalPostgres> | undefined

  constructor(settings: RunSettings) {
    this.#settings = settings
    this.quick = settings.quick
    const kind = settings.quick ? 'quick' : 'full'
    this.repetitions = REPETITIONS[kind]
    this.scale = settings.scale ?? SCALES[kind]
  }

  isWanted(id: string): boolean {
    const { names = [] } = this.#settings
    return names.length === 0 || names.some((name) => isNamed(id, name) || isNamed(name, id))
  }

  progress(line: string): void {
    this.#settings.progress(line)
  }

  kafka(): Promise<LocalKafka> {
    return (this.#kafka ??= this.#startKafka())
  }

  postgres(): Promise<LocalPostgres> {
    return (this.#postgres ??= this.#startPostgres())
  }

  child(module: URL, argument: unknown): ReturnType<typeof startChild> {
    this.#settings.signal.throwIfAborted()
    const child = startChild(module, argument)
    this.defer(() => child.end())
    return child
  }

  async tempDir(): Promise<string> {
    this.#settings.signal.throwIfAborted()
    const dir = makeOwnedDir(DIRS)
    this.defer(() => rm(dir, { recursive: true, force: true }))
    return dir
  }

  defer(end: () => void | Promise<void>): void {
    this.#ends.push(end)
  }

  get signal(): AbortSignal {
    return this.#settings.signal
  }

  /** Ends everything that was started, also if one part cannot be ended. */
  async end(): Promise<void> {
    // A service that is still starting can be ended only after its start.
    await Promise.allSettled([this.#kafka, this.#postgres])
    const errors: unknown[] = []
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop())
      try {
        await end()
      } catch (error) {
        errors.push(error)
      }
    if (errors.length > 0) throw new AggregateError(errors, 'What was started could not be ended.')
  }

  async #startKafka(): Promise<LocalKafka> {
    this.progress('starting Kafka')
    const kafka = await startKafka({ onProgress: this.#settings.progress, signal: this.signal })
    this.defer(() => kafka.stop())
    this.#settings.onService('kafka', kafka.kind)
    const client = createKafka({ brokers: kafka.brokers, clientId: 'freshet-bench' })
    try {
      const plan = await readFile(join(ROOT, 'infra/topics.yaml'), 'utf8')
      await client.topics.apply(planTopics(plan, { development: true }))
    } finally {
      await client.close()
    }
    return kafka
  }

  async #startPostgres(): Promise<LocalPostgres> {
    this.progress('starting Postgres')
    const postgres = await startPostgres({ databaseUrl: '', signal: this.signal })
    this.defer(() => postgres.stop())
    this.#settings.onService('postgres', postgres.kind)
    return postgres
  }
}
