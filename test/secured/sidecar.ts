import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '@freshet/owned-dir'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import type { Environment } from './secured-kafka.ts'

/** One more sidecar process, which the stack does not know. */
export interface OneSidecar extends AsyncDisposable {
  /** Returns its log so far. */
  readonly log: () => string
  /** Returns the answer of `/readyz?verbose`. */
  readonly ready: () => Promise<string>
}

type Plans = Parameters<typeof servicePlans>
/** The folder and the addresses of a stack. It need not run. */
interface Place {
  readonly workspace: Plans[0]
  readonly at: Plans[1]
}

/** Starts it as the stack starts its own, with another connection to Kafka. */
export async function startSidecar(stack: Place, env: Environment): Promise<OneSidecar> {
  const plan = servicePlans(stack.workspace, stack.at).find(({ name }) => name === 'sidecar')
  const [port, proxyPort] = await freePorts(2)
  const others = Object.entries(plan?.env ?? {}).filter(([name]) => !name.startsWith('KAFKA_'))
  const own = {
    FRESHET_EDGE_ID: 'sidecar:3',
    FRESHET_PORT: String(port),
    FRESHET_PROXY_PORT: String(proxyPort),
  }
  const child = spawn(process.execPath, [plan?.entry ?? ''], {
    env: { PATH: process.env['PATH'], ...Object.fromEntries(others), ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let logged = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => (logged += String(part)))
  return {
    log: () => logged,
    ready: async () =>
      fetch(`http://127.0.0.1:${port}/readyz?verbose`).then(
        (response) => response.text(),
        () => 'no answer',
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
