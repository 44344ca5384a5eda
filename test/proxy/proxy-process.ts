import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real proxy that stands before a service. */
export interface Proxy extends AsyncDisposable {
  readonly url: string
}

/** How a proxy is started: its configuration, given a folder and a port, and its arguments. */
export interface ProxyPlan {
  readonly program: string
  readonly configuration: (dir: string, port: number) => string
  readonly args: (dir: string, file: string) => readonly string[]
}

/** Debian installs some where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`

/** Whether a program is installed here; `version` is how it is asked for its version. */
export function isInstalled(program: string, version: string): boolean {
  return spawnSync(program, [version], { env: { PATH } }).status === 0
}

/** Starts a proxy in a folder of its own; resolves when it answers. */
export async function startProxy({ program, configuration, args }: ProxyPlan): Promise<Proxy> {
  const dir = await mkdtemp(join(tmpdir(), `freshet-${program}-`))
  const port = await freePort()
  const file = join(dir, 'configuration')
  await writeFile(file, configuration(dir, port))
  const proxy = spawn(program, args(dir, file), {
    env: { PATH, HOME: dir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  proxy.stderr.on('data', (part: Buffer) => void said.push(part.toString()))
  const url = `http://127.0.0.1:${port}`
  const isUp = async (): Promise<boolean> => {
    if (proxy.exitCode !== null) throw new Error(`${program} ended: ${said.join('')}`)
    return fetch(url).then(
      () => true,
      () => false,
    )
  }
  while (!(await isUp())) await new Promise((resolve) => setImmediate(resolve))
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(proxy, 'exit')
      proxy.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
