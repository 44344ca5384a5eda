import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { underLock } from '@freshet/owned-dir'

/** The version that pom.xml pins. A formatted folder is read by the same version only. */
export const KAFKA_VERSION = '4.4.0'

const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const RESOLVE_TIMEOUT_MS = 300_000
const LOCK_WAIT_MS = RESOLVE_TIMEOUT_MS + 30_000
const OUTPUT_BYTES_MAX = 1 << 20

/** The default folder of the jars. */
export const jarsDir: string = join(homedir(), '.cache', 'freshet', `kafka-${KAFKA_VERSION}`)

/**
 * The classpath of the broker. Downloads the jars with Maven on first use (54 MB); afterwards it
 * only looks at the folder. Safe to call from several processes at once.
 */
export async function resolveClasspath(
  dir: string = jarsDir,
  onProgress: (line: string) => void = () => {},
): Promise<string> {
  if (!isComplete(dir)) await underLock(dir, () => fetchJars(dir, onProgress), LOCK_WAIT_MS)
  return join(dir, '*')
}

/** The folder appears by one rename, so its main jar stands for all of them. */
function isComplete(dir: string): boolean {
  return existsSync(join(dir, `kafka_2.13-${KAFKA_VERSION}.jar`))
}

async function fetchJars(dir: string, onProgress: (line: string) => void): Promise<void> {
  if (isComplete(dir)) return
  onProgress(`fetching Apache Kafka ${KAFKA_VERSION} from Maven Central (once, 54 MB)`)
  const partial = `${dir}.partial-${process.pid}`
  await rm(partial, { recursive: true, force: true })
  try {
    await runMaven(partial)
    await rm(dir, { recursive: true, force: true })
    await rename(partial, dir)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function runMaven(target: string): Promise<void> {
  const pom = fileURLToPath(new URL('../pom.xml', import.meta.url))
  const args = ['-q', '-B', '-f', pom, COPY_GOAL, `-DoutputDirectory=${target}`]
  try {
    await promisify(execFile)('mvn', [...args, '-DincludeScope=runtime'], {
      timeout: RESOLVE_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
    })
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string }
    throw new Error(`Maven could not fetch Kafka ${KAFKA_VERSION}:\n${stdout.slice(-2_000)}`, {
      cause: error,
    })
  }
}
