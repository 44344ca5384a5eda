import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../packages/cli/src/demo/until.ts'
import { freeEndpoints } from '../../packages/cli/src/stack/stack.ts'
import { freePorts } from '@freshet/owned-dir'
import type { ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'

/** The time within which a slow machine starts a service. */
const LIVES_WITHIN_MS = 45_000

/** A service as a process of its own, started as `dev` starts it. */
export interface StartedService {
  readonly child: ChildProcess
  /** `[exit code, signal]` once it has ended. */
  readonly exited: Promise<unknown[]>
  readonly url: string
  /** The address of the sidecar for proxies. */
  readonly proxyUrl: string
  /** Returns all of its output. */
  readonly output: () => string
  /** Ends it, unless it has ended, and waits. */
  readonly end: () => Promise<void>
}

/** Plans of all services whose database and broker are absent. */
export interface PlansWithoutStores extends AsyncDisposable {
  readonly of: (service: string) => ProcessPlan
}

/**
 * Prepares keys and registry in a folder of its own. The console sends probes if `probes` is set. Default: it
 * sends none.
 */
export async function plansWithoutStores(
  choice: { readonly probes?: boolean } = {},
): Promise<PlansWithoutStores> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-start-'))
  const [nobody] = await freePorts(1)
  const host = `127.0.0.1:${nobody}`
  const stores = { brokers: [host], databaseUrl: `postgres://someone:hush@${host}/nothing` }
  const plans = servicePlans(await prepareWorkspace(dir, choice), await freeEndpoints(stores))
  return {
    of(service) {
      const plan = plans.find(({ name }) => name === service)
      if (plan === undefined) throw new Error(`There is no service ${service}.`)
      return plan
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  }
}

/** The command line that runs a service: its entry, or `freshet` with arguments. */
export interface ServiceProgram extends Pick<ProcessPlan, 'entry' | 'env'> {
  readonly args?: readonly string[]
  /** The program of Node. Default: the one that runs the tests. */
  readonly node?: string
}

/** Waits until a service reports that it is ready for requests. */
export async function untilStarted({ output }: StartedService): Promise<void> {
  await until('a started service', LIVES_WITHIN_MS, async () =>
    output().includes('"ready":true') ? true : undefined,
  )
}

/** Starts the process. It reads `more` of its environment beside the variables of `dev`. */
export function startService(
  { entry, args = [], env, node = process.execPath }: ServiceProgram,
  more: Readonly<Record<string, string>> = {},
): StartedService {
  const all: Readonly<Record<string, string>> = { ...env, ...more }
  const child = spawn(node, [entry, ...args], {
    env: all,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => (output += String(part)))
  }
  const exited = once(child, 'exit')
  const at = `http://${all['FRESHET_HOST'] ?? '127.0.0.1'}`
  return {
    child,
    exited,
    url: `${at}:${all['FRESHET_PORT']}`,
    proxyUrl: `${at}:${all['FRESHET_PROXY_PORT']}`,
    output: () => output,
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Waits until the service answers. */
export function untilLive({ url }: StartedService): Promise<unknown> {
  return until(`an answer of ${url}`, LIVES_WITHIN_MS, async () => {
    const answer = await fetch(`${url}/livez`).catch(() => undefined)
    return answer?.status === 200 ? true : undefined
  })
}
