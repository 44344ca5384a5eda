import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isAlive } from '@freshet/owned-dir'

/** The version that pom.xml pins. A formatted folder is read by the same version only. */
export const KAFKA_VERSION = '4.4.0'

const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const RESOLVE_TIMEOUT_MS = 300_000
const LOCK_POLL_MS = 200
const LOCK_WAIT_MS = RESOLVE_TIMEOUT_MS + 30_000
const OUTPUT_BYTES_MAX = 1 << 20

/** Where the jars go unless told otherwise. */
export const jarsDir: string = join(homedir(), '.cache', 'freshet', `kafka-${KAFKA_VERSION}`)

/**
 * The classpath of the broker. Downloads the jars with Maven on first use (54 MB); afterwards it
 * only looks at the folder. Safe to call from several processes at once.
 */
export async function resolveClasspath(
  dir: string = jarsDir,
  onProgress: (line: string) => void = () => {},
): Promise<string> {
  if (!isComplete(dir)) await underLock(dir, () => fetchJars(dir, onProgress))
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

/** Two Mavens at once would race in their shared repository, so one process fetches for all. */
async function underLock(dir: string, work: () => Promise<void>): Promise<void> {
  const lock = `${dir}.lock`
  await mkdir(dirname(dir), { recursive: true })
  const deadline = performance.now() + LOCK_WAIT_MS
  while (!(await acquire(lock))) {
    if (performance.now() > deadline) throw new Error(`another process holds ${lock}`)
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  }
}
