import { join, relative } from 'node:path'
import { ManagedProcess, type ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import { ROOT } from '../../packages/cli/src/stack/paths.ts'
import { THIS_BUILD, type Build } from './build.ts'

/** The services of the product, in the order of an upgrade. */
export const SERVICES = ['reconciler', 'gateway', 'authority', 'sidecar', 'console'] as const
export type Service = (typeof SERVICES)[number]

/** Variables of this build that the release before does not have. */
const NEW_VARIABLES: ReadonlySet<string> = new Set(['FRESHET_SERVICES'])

/** A supervisor starts a process again that is not ready in time, as on a busy machine. */
const ATTEMPTS_MAX = 3

/** One process of a service, of one build at a time. */
export class Replica {
  readonly service: Service
  readonly plan: ProcessPlan
  readonly #onDeath: (name: string, what: string) => void
  #started: { readonly process: ManagedProcess; readonly build: Build } | undefined

  constructor(plan: ProcessPlan, onDeath: (name: string, what: string) => void) {
    this.plan = plan
    this.service = plan.name.split(':')[0] as Service
    this.#onDeath = onDeath
  }

  get port(): number {
    return Number(this.plan.env['FRESHET_PORT'])
  }

  /** Starts it and waits until it is ready. Default: the build that ran last. */
  async start(build = this.#started?.build): Promise<void> {
    if (build === undefined) throw new Error(`${this.plan.name} has no build yet.`)
    const process = processOfBuild(this.plan, build, this.#onDeath)
    this.#started = { process, build }
    for (let attempt = 1; ; attempt += 1) {
      const error = await process.start().catch((cause: unknown) => cause)
      if (error === undefined) return
      if (attempt === ATTEMPTS_MAX) throw error
    }
  }

  /** Ends it, by default as an operator does. */
  async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#started?.process.stop(how)
  }

  /** Ends it, and starts it again, if named of another build. */
  async restart(build?: Build): Promise<void> {
    await this.stop()
    await this.start(build)
  }
}

/** Returns the process of a plan of this tree with the program of a build. */
export function processOfBuild(
  plan: ProcessPlan,
  build: Build,
  onDeath: (name: string, what: string) => void,
): ManagedProcess {
  const entry = join(build.dir, relative(ROOT, plan.entry))
  return new ManagedProcess({ ...plan, entry, env: knownTo(build, plan.env) }, onDeath)
}

/** Leaves out the variables that the release before refuses, because it does not know them. */
function knownTo(build: Build, env: ProcessPlan['env']): ProcessPlan['env'] {
  if (build === THIS_BUILD) return env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NEW_VARIABLES.has(name)))
}
