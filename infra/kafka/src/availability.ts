import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const JAVA_MIN = 17
const CHECK_TIMEOUT_MS = 20_000

/** Whether a Kafka can be had here, and if not, the one thing to install. */
export type KafkaAvailability =
  | { readonly available: true; readonly by: 'KAFKA_BROKERS' | 'jars' }
  | { readonly available: false; readonly missing: string }

/**
 * Looks for `KAFKA_BROKERS`, else for Java 17 or newer and Maven. Starts nothing and downloads nothing.
 */
export async function kafkaAvailability(
  env: NodeJS.ProcessEnv = process.env,
): Promise<KafkaAvailability> {
  if (env['KAFKA_BROKERS']) return { available: true, by: 'KAFKA_BROKERS' }
  const java = javaMajor(await outputOf('java', ['-version'], env))
  if (java === null || java < JAVA_MIN) {
    return { available: false, missing: `Java ${JAVA_MIN} or newer` }
  }
  if ((await outputOf('mvn', ['--version'], env)) === null) {
    return { available: false, missing: 'Maven (mvn)' }
  }
  return { available: true, by: 'jars' }
}

/** The major version in the output of `java -version`, or null when it holds none. */
export function javaMajor(output: string | null): number | null {
  const major = output?.match(/version "(?:1\.)?(\d+)/)?.[1]
  return major === undefined ? null : Number(major)
}

/** What a command prints on both streams, or null when it cannot be run. */
async function outputOf(
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
