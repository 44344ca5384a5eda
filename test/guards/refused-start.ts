import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { processOf, type TestStack } from '../e2e/test-stack.ts'

/** Starts one more process of a service with other variables, and returns the error with which it ended. */
export async function refusedStart(
  stack: TestStack,
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<string> {
  const { plan } = processOf(stack, name)
  const [port] = await freePorts(1)
  const env = { ...plan.env, ...more, FRESHET_PORT: String(port) }
  // The error is the end of the log, so the log has no lines of the running process.
  const logFile = join(stack.workspace.logs, `${name}-${port}.log`)
  const process = new ManagedProcess({ ...plan, env, logFile }, () => {})
  try {
    await process.start()
  } catch (error) {
    return String(error)
  }
  await process.stop()
  throw new Error(`${name} started.`)
}
