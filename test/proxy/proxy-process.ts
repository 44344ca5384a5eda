import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { freePort } from '@freshet/owned-dir'
import { askRaw } from '@freshet/testkit'
import type { Edits } from './sample.ts'

/** A real proxy before a service. */
export interface Proxy extends AsyncDisposable {
  readonly url: string
  /** The address of the proxy for HTTP/2 without TLS, if its configuration has one. */
  readonly http2Url: string
}

/** The ports of a proxy. Most proxies accept both protocols on the first. */
export interface ProxyPorts {
  readonly port: number
  readonly http2Port: number
}

/** The start of a proxy: its files, given a folder and ports, and its arguments. */
export interface ProxyPlan {
  readonly program: string
  readonly configuration: (dir: string, ports: ProxyPorts) => string | Promise<string>
  /** The name of the configuration file. Default `configuration`. */
  readonly fileName?: string
  /** Further files in the same folder, by name. */
  readonly beside?: () => Promise<Readonly<Record<string, string>>>
  readonly args: (dir: string, file: string) => readonly string[]
  /** True if HTTP/2 has a port of its own. Default false. */
  readonly splitsPorts?: boolean
  /** Returns whether an answer shows that the proxy has read its routes. Default: every answer does. */
  readonly hasRoutes?: (status: number) => boolean
  /** The certificates for the proxy and its clients. Default: the proxy accepts requests without TLS. */
  readonly tls?: ProxyTls
}

/** Certificates of a proxy that ends TLS. */
export interface ProxyTls {
  /** The files `server.pem` and `server.key` beside the configuration. */
  readonly cert: string
  readonly key: string
  /** The options of a client. */
  readonly client: ConnectionOptions
}

/** The changes of a test to the start of a sample. */
export interface ProxyChange extends Pick<ProxyPlan, 'tls'> {
  readonly edits?: Edits
}

/**
 * Debian installs some programs where only root finds them. `.ci/run` installs those of PyPI in the cache.
 */
const CACHED = join(homedir(), '.cache', 'freshet', 'proxies', 'bin')
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:${CACHED}`

/** Returns whether a program is installed here; `version` is the argument that prints its version. */
export function isInstalled(program: string, version: string): boolean {
  return spawnSync(program, [version], { env: { PATH } }).status === 0
}

/** Starts a proxy in a folder of its own; resolves when it answers. */
export async function startProxy(plan: ProxyPlan): Promise<Proxy> {
  const { program, args, hasRoutes = () => true } = plan
  const dir = await mkdtemp(join(tmpdir(), `freshet-${program}-`))
  const port = await freePort()
  const http2Port = plan.splitsPorts === true ? await freePort() : port
  const file = await writeFiles(plan, dir, { port, http2Port })
  const proxy = spawn(program, args(dir, file), {
    cwd: dir,
    env: { PATH, HOME: dir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stderr: string[] = []
  proxy.stderr.on('data', (part: Buffer) => void stderr.push(part.toString()))
  const url = `${plan.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const probe = { method: 'GET', target: '/', ...(plan.tls && { tls: plan.tls.client }) }
  const isUp = async (): Promise<boolean> => {
    if (proxy.exitCode !== null) throw new Error(`${program} ended: ${stderr.join('')}`)
    return askRaw(url, probe).then(
      ({ status }) => status > 0 && hasRoutes(status),
      () => false,
    )
  }
  while (!(await isUp())) await new Promise((resolve) => setImmediate(resolve))
  return {
    url,
    http2Url: `http://127.0.0.1:${http2Port}`,
    async [Symbol.asyncDispose]() {
      const ended = once(proxy, 'exit')
      proxy.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function writeFiles(plan: ProxyPlan, dir: string, ports: ProxyPorts): Promise<string> {
  const { configuration, fileName = 'configuration', beside, tls } = plan
  const file = join(dir, fileName)
  const files = {
    ...(await beside?.()),
    ...(tls && { 'server.pem': tls.cert, 'server.key': tls.key }),
    [fileName]: await configuration(dir, ports),
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)))
  return file
}
