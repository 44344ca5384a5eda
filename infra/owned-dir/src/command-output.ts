import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const CHECK_TIMEOUT_MS = 20_000

/** The major version in the output of `java -version`, or null when it holds none. */
export function javaMajor(output: string | null): number | null {
  const major = output?.match(/version "(?:1\.)?(\d+)/)?.[1]
  return major === undefined ? null : Number(major)
}

/** The output of a command on both streams, or null when it cannot be run. */
export async function outputOf(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  try {
    const run = promisify(execFile)
    const { stdout, stderr } = await run(command, args, { env, timeout: CHECK_TIMEOUT_MS })
    return stdout + stderr
  } catch {
    return null
  }
}
