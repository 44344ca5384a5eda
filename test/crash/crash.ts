import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inTime } from '../../packages/cli/src/demo/until.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { processOf, type TestStack } from '../e2e/test-stack.ts'

const CRASH_POINTS = pathToFileURL(join(import.meta.dirname, 'crash-points.mjs')).href
const CRASHES_WITHIN_MS = 20_000

/** The point at which a service is killed, and the change. */
export interface CrashPoint {
  readonly service: 'gateway' | 'reconciler'
  /** The point in the notation of `crash-points.mjs`. */
  readonly at: string
}

/** The actions around a crash. */
export interface AroundCrash {
  /** Sends the change. */
  provoke(): Promise<void>
  /** Changes the stores before the service is back. */
  whileDown?(): Promise<void>
}

/**
 * Runs a service that is killed when the change `id` reaches the point, and sends the change. Afterwards the
 * service runs again as it did before, and is ready. Resolves with the exit of the killed process.
 */
export async function crashAt(
  stack: TestStack,
  { service, at }: CrashPoint,
  id: string,
  around: AroundCrash,
): Promise<string> {
  const usual = processOf(stack, service)
  await usual.stop()
  const env = { ...usual.plan.env, NODE_OPTIONS: `--import ${CRASH_POINTS}` }
  const plan = { ...usual.plan, env: { ...env, CRASH_AT: at, CRASH_ON: id } }
  let doomed: ManagedProcess | undefined
  const death = new Promise<string>((resolve) => {
    doomed = new ManagedProcess(plan, (_, what) => {
      void doomed?.stop()
      resolve(what)
    })
  })
  try {
    await doomed?.start()
    await around.provoke()
    const how = await inTime(`${service} ended ${at}`, CRASHES_WITHIN_MS, death)
    await around.whileDown?.()
    return how
  } finally {
    await doomed?.stop()
    await usual.start()
  }
}
