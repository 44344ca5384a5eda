import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real nginx that stands before a service. */
export interface Nginx extends AsyncDisposable {
  readonly url: string
}

const PROGRAM = 'nginx'

/** Debian installs it where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`

/** Whether there is an nginx here. */
export function hasNginx(): boolean {
  return spawnSync(PROGRAM, ['-v'], { env: { PATH } }).status === 0
}

/** Starts nginx with the sample configuration of `infra/nginx`, on ports of this test. */
export async function startNginx(ports: {
  readonly sidecar: number
  readonly service: number
}): Promise<Nginx> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-nginx-'))
  const port = await freePort()
  const sample = await readFile(new URL('../../infra/nginx/freshet.conf', import.meta.url), 'utf8')
  const site = sample
    .replace('127.0.0.1:7073', `127.0.0.1:${ports.sidecar}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${ports.service}`)
    .replace('127.0.0.1:8081', `127.0.0.1:${port}`)
  await writeFile(join(dir, 'nginx.conf'), configuration(dir, site))
  const nginx = spawn(PROGRAM, ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr'], {
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  nginx.stderr.on('data', (part: Buffer) => void said.push(part.toString()))
  const url = `http://127.0.0.1:${port}`
  const isUp = async (): Promise<boolean> => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${said.join('')}`)
    return fetch(url).then(
      () => true,
      () => false,
    )
  }
  while (!(await isUp())) await new Promise((resolve) => setImmediate(resolve))
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(nginx, 'exit')
      nginx.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function configuration(dir: string, site: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const temporary = kinds.map((kind) => `${kind}_temp_path ${dir}/${kind};`)
  return [
    'daemon off;',
    'master_process off;',
    `pid ${dir}/nginx.pid;`,
    'error_log stderr;',
    'events {}',
    `http {\naccess_log off;\n${temporary.join('\n')}\n${site}\n}`,
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
