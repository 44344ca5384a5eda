import { once } from 'node:events'
import { createServer } from 'node:net'
import type { CheckFinding } from '../../check.ts'
import type { ServiceAddress } from './service-config.ts'

const ASK_WITHIN_MS = 2_000
const REASONS: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  EADDRINUSE: [
    'another program has it',
    'set FRESHET_PORT to a free port, or end the program that `ss -ltnp` shows',
  ],
  EADDRNOTAVAIL: ['this machine has no such address', 'set FRESHET_HOST to an address of it'],
  EACCES: ['this user is not allowed to use it', 'set FRESHET_PORT to a port from 1024 on'],
}

/**
 * Returns whether a service can listen on its address, or whether one of ours already does. With TLS, the
 * service that listens cannot be recognized.
 */
export async function addressFinding(
  { host, port, proxyPort }: ServiceAddress,
  hasTls: boolean,
): Promise<CheckFinding> {
  const ports = proxyPort === undefined ? [port] : [port, proxyPort]
  const findings = await Promise.all(ports.map((each) => portFinding(host, each, hasTls)))
  const fault = findings.find(({ outcome }) => outcome !== 'ok')
  return fault ?? { outcome: 'ok', detail: findings.map(({ detail }) => detail).join(', ') }
}

async function portFinding(host: string, port: number, hasTls: boolean): Promise<CheckFinding> {
  const code = await listenFault(host, port)
  if (code === undefined) return { outcome: 'ok', detail: `${host}:${port} is free` }
  if (code === 'EADDRINUSE' && (await isOurs(host, port)))
    return { outcome: 'ok', detail: `a service of Freshet listens on ${host}:${port}` }
  const [why, fix] = REASONS[code] ?? [code, 'correct FRESHET_HOST and FRESHET_PORT']
  return {
    outcome: code === 'EADDRINUSE' && hasTls ? 'warning' : 'failed',
    detail: `${host}:${port} cannot be used: ${why}`,
    means: 'the service does not start',
    fix,
  }
}

/** Listens for a moment. Returns the code of the error. */
async function listenFault(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    const code: unknown = Object(error)['code']
    return typeof code === 'string' ? code : 'unknown'
  } finally {
    server.close()
  }
}

/** Every service of ours answers `/v1/version`. */
async function isOurs(host: string, port: number): Promise<boolean> {
  const asked = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const base = `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`
  const signal = AbortSignal.timeout(ASK_WITHIN_MS)
  try {
    const answer = await fetch(`${base}/v1/version`, { redirect: 'error', signal })
    return answer.ok && typeof Object(await answer.json())['commit'] === 'string'
  } catch {
    return false
  }
}
