import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { processOf } from './test-stack.ts'

/** One more sidecar of a stack. It ends when it is disposed. */
export interface ExtraSidecar extends AsyncDisposable {
  readonly process: ManagedProcess
  readonly url: string
  readonly proxyUrl: string
}

/**
 * Starts a sidecar as the stack starts its own, with these additional variables; an empty one is left out.
 */
export async function extraSidecar(
  stack: Stack,
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<ExtraSidecar> {
  const [port, proxyPort] = await freePorts(2)
  const { plan } = processOf(stack, 'sidecar')
  const env = {
    ...plan.env,
    FRESHET_EDGE_ID: `sidecar:${name}`,
    FRESHET_PORT: String(port),
    FRESHET_PROXY_PORT: String(proxyPort),
    ...more,
  }
  const process = new ManagedProcess(
    {
      ...plan,
      name: `sidecar:${name}`,
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
      logFile: join(stack.workspace.logs, `sidecar-${name}.log`),
    },
    (died, what) => {
      throw new Error(`${died} ended: ${what}`)
    },
  )
  await process.start()
  return {
    process,
    url: `http://127.0.0.1:${port}`,
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    [Symbol.asyncDispose]: () => process.stop(),
  }
}
