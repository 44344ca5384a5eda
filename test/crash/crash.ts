import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inTime } from '../../packages/cli/src/demo/until.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { processOf, type TestStack } from '../e2e/test-stack.ts'

const CRASH_POINTS = pathToFileURL(join(import.meta.dirname, 'crash-points.mjs')).href
const CRASHES_WITHIN_MS = 20_000

/** The actions around a crash. */
export interface AroundCrash {
  /** Sends the change. */
  provoke(): Promise<void>
  /** Changes the stores before the service is back. */
  whileDown?(): Promise<void>
}

/** A service of the stack that a test kills at exact points. */
export interface CrashingService {
  /**
   * Kills the service when the change `id` reaches the point, in the notation of `crash-points.mjs`. Afterwards
   * the service runs again, and is ready. Resolves with the exit of the killed process.
   */
  crashAt(at: string, id: string, around: AroundCrash): Promise<string>
  stop(): Promise<void>
}

/** Starts a service again so that it can be killed at exact points. It takes the place of the one in the stack. */
export async function crashing(
  stack: TestStack,
  name: 'gateway' | 'reconciler',
): Promise<CrashingService> {
  const usual = processOf(stack, name)
  const file = join(stack.workspace.logs, `${name}.crash.json`)
  const options = { NODE_OPTIONS: `--import ${CRASH_POINTS}`, CRASH_FILE: file }
  const unexpected = (how: string): void => {
    throw new Error(`${name} ended by itself: ${how}`)
  }
  let onEnd = unexpected
  const plan = { ...usual.plan, env: { ...usual.plan.env, ...options } }
  const service = new ManagedProcess(plan, (_, how) => {
    void service.stop()
    onEnd(how)
  })
  await usual.stop()
  await service.start()
  return {
    async crashAt(at, id, around) {
      const death = new Promise<string>((resolve) => {
        onEnd = resolve
      })
      await writeFile(file, JSON.stringify({ at, on: id }))
      try {
        await around.provoke()
        const how = await inTime(`${name} ended ${at}`, CRASHES_WITHIN_MS, death)
        await around.whileDown?.()
        return how
      } finally {
        onEnd = unexpected
        await rm(file, { force: true })
        await service.stop()
        await service.start()
      }
    },
    stop: () => service.stop(),
  }
}
