import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const LOG_TAIL_BYTES = 3_000

/** The folders and the port of one Keycloak. */
export interface KeycloakHome {
  /** Temporary folder of this start. */
  readonly dir: string
  /** The prepared archive, which all starts share. */
  readonly from: string
  readonly port: number
}

/** The administrator of the master realm, for this start alone. */
export interface KeycloakAdmin {
  readonly username: string
  readonly password: string
}

/** Quick start over peak speed: this Keycloak serves tests. */
const flags = [
  '-Xms64m',
  '-Xmx384m',
  '-XX:MaxMetaspaceSize=256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Dfile.encoding=UTF-8',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Dpicocli.disable.closures=true',
  '-Dquarkus-log-max-startup-records=10000',
]
const opened = ['java.util', 'java.util.concurrent', 'java.security', 'java.lang'].map(
  (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
)

/** The folder of a start: what Keycloak reads is shared, what it writes is its own. */
export function makeHome({ dir, from }: KeycloakHome): void {
  for (const name of ['bin', 'conf', 'lib', 'providers', 'themes', 'version.txt'])
    symlinkSync(join(from, name), join(dir, name))
  mkdirSync(join(dir, 'data', 'import'), { recursive: true })
}

/**
 * Starts Java itself, as `kc.sh` does: a shell between would outlive its kill as an orphan's parent. Its
 * output goes to the log file of its folder.
 */
export function spawnKeycloak(home: KeycloakHome, admin: KeycloakAdmin): ChildProcess {
  const { dir, from, port } = home
  const log = openSync(join(dir, 'keycloak.log'), 'a')
  const at = [`-Dkc.home.dir=${dir}`, `-Djboss.server.config.dir=${join(dir, 'conf')}`]
  const main = [
    '-cp',
    join(from, 'lib', 'quarkus-run.jar'),
    'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
  ]
  const listen = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`]
  const start = ['start', '--optimized', '--import-realm', `--hostname=${urlOf(home)}`, ...listen]
  const env = {
    ...process.env,
    KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
  }
  try {
    const args = [...flags, ...opened, ...at, ...main, ...start]
    return spawn('java', args, { cwd: dir, env, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

/** The address at which it answers. */
export function urlOf({ port }: KeycloakHome): string {
  return `http://127.0.0.1:${port}`
}

/** The end of its log, for a message to a person. */
export function tailOf({ dir }: KeycloakHome): string {
  try {
    return readFileSync(join(dir, 'keycloak.log'), 'utf8').slice(-LOG_TAIL_BYTES)
  } catch {
    return '(Keycloak wrote no log)'
  }
}
