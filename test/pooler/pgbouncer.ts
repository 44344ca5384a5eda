import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'

/** The settings by which a PgBouncer assigns its server connections. */
export interface PoolerOptions {
  readonly mode: 'session' | 'transaction' | 'statement'
  /** Default: that of PgBouncer, `DISCARD ALL`. */
  readonly resetQuery?: string
}

/** A real PgBouncer before a database. */
export interface Pooler extends AsyncDisposable {
  /** The same database, through the pooler. */
  readonly url: string
}

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

/** Starts PgBouncer before the server of `url`, with that URL's login; resolves when it listens. */
export async function startPgbouncer(url: string, options: PoolerOptions): Promise<Pooler> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-pgbouncer-'))
  const [port = 0] = await freePorts(1)
  const file = await configure(dir, { url: new URL(url), port, ...options })
  // PgBouncer refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...user, file], {
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log: string[] = []
  child.stderr.on('data', (part: Buffer) => void log.push(part.toString()))
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${log.join('')}`)
  }
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

interface Place extends PoolerOptions {
  readonly url: URL
  readonly port: number
}

async function configure(dir: string, { url, port, mode, resetQuery }: Place): Promise<string> {
  const users = join(dir, 'users.txt')
  const quoted = [url.username, url.password].map((part) => `"${decodeURIComponent(part)}"`)
  await writeFile(users, `${quoted.join(' ')}\n`)
  const lines = [
    '[databases]',
    `* = host=${url.hostname} port=${url.port || '5432'}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    'max_client_conn = 100',
    'default_pool_size = 20',
    // The setting that people add so that clients with start-up parameters can connect at all.
    'ignore_startup_parameters = options,extra_float_digits,statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
    ...(resetQuery === undefined ? [] : [`server_reset_query = ${resetQuery}`]),
  ]
  const file = join(dir, 'pgbouncer.ini')
  await writeFile(file, `${lines.join('\n')}\n`)
  await chmod(dir, 0o755)
  return file
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
