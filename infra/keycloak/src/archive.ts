import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { underLock } from '@freshet/owned-dir'

/** The version that is fetched. */
export const KEYCLOAK_VERSION = '26.7.3'

const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:tar.gz`
const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
const STEP_TIMEOUT_MS = 480_000
const OUTPUT_BYTES_MAX = 1 << 20

/** The folder of the prepared archive unless the caller names another one. */
export const keycloakDir: string = join(
  homedir(),
  '.cache',
  'freshet',
  `keycloak-${KEYCLOAK_VERSION}`,
)

/**
 * The folder of Keycloak. At first use it fetches the archive with Maven (177 MB) and prepares it;
 * afterwards it only looks at the folder. Several processes can call it at once.
 */
export async function resolveKeycloak(
  dir: string = keycloakDir,
  onProgress: (line: string) => void = () => {},
): Promise<string> {
  if (!existsSync(dir)) await underLock(dir, () => prepare(dir, onProgress), 2 * STEP_TIMEOUT_MS)
  return dir
}

/** The folder appears by one rename, prepared: what is there is whole. */
async function prepare(dir: string, onProgress: (line: string) => void): Promise<void> {
  if (existsSync(dir)) return
  onProgress(`fetching Keycloak ${KEYCLOAK_VERSION} from Maven Central (once, 177 MB)`)
  const partial = `${dir}.partial-${process.pid}`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  try {
    await run('mvn', [
      '-q',
      '-B',
      COPY_GOAL,
      `-Dartifact=${ARTIFACT}`,
      `-DoutputDirectory=${partial}`,
    ])
    const archive = join(partial, `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.tar.gz`)
    await run('tar', ['-xzf', archive, '-C', partial])
    const unpacked = join(partial, `keycloak-${KEYCLOAK_VERSION}`)
    onProgress('preparing Keycloak (once, half a minute)')
    await run(join(unpacked, 'bin', 'kc.sh'), ['build', '--db=dev-mem', '--cache=local'])
    await rename(unpacked, dir)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const options = { timeout: STEP_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }
  try {
    await promisify(execFile)(command, args, options)
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const tail = `${stdout}${stderr}`.slice(-2_000)
    const message = `Cannot prepare Keycloak ${KEYCLOAK_VERSION}: ${command} failed.\n${tail}`
    throw new Error(message, { cause: error })
  }
}
