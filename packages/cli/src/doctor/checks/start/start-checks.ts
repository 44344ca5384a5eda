import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Kafka } from '@freshet/kafka'
import { FreshetError } from '@freshet/protocol'
import { requirePrivateFile } from '@freshet/runtime'
import { isServiceLink } from '@freshet/wire/environment'
import type { ServiceName } from '../../../installation/service-names.ts'
import type { Shell } from '../../../shell.ts'
import { serviceEntry } from '../../../stack/paths.ts'
import { ASK_WITHIN_MS, type CheckFinding, type DoctorCheck } from '../../check.ts'
import type { DoctorTarget } from '../../target.ts'

const ACCEPTED = 'it accepts its environment'

/**
 * The start of a service with the environment of this command: variables, files, address. It starts nothing and
 * changes nothing.
 */
export function startChecks({ service, env }: DoctorTarget): readonly DoctorCheck[] {
  if (service === undefined) return []
  const [group, withinMs] = [`start of ${service}`, ASK_WITHIN_MS]
  return [
    { group, name: ACCEPTED, title: 'environment', withinMs, run: () => accepted(service, env) },
    { group, name: 'its files can be used', title: 'files', withinMs, run: () => fileFinding(env) },
    {
      group,
      name: 'its address is free',
      title: 'address',
      needs: [ACCEPTED],
      withinMs,
      run: async () => addressFinding(await readServiceConfig(service, env), hasTls(env)),
    },
    {
      group,
      name: 'Kubernetes adds no variables',
      title: 'variables of Kubernetes',
      withinMs,
      run: () => linkFinding(env),
    },
  ]
}

function hasTls(env: DoctorTarget['env']): boolean {
  return Boolean(env['FRESHET_TLS_CERT_FILE'])
}

async function accepted(service: ServiceName, env: DoctorTarget['env']): Promise<CheckFinding> {
  await readServiceConfig(service, env)
  return { outcome: 'ok', detail: 'every variable is known and of its form' }
}

/** Returns whether the login of a service has the rights that its role needs on the topics. */
export async function rightsFinding(kafka: Kafka, service: ServiceName): Promise<CheckFinding> {
  const role = service === 'sidecar' ? 'edge' : service
  const missing = await kafka.topics.missingRights(role)
  if (missing.length === 0) return { outcome: 'ok', detail: `all that the role ${role} needs` }
  const list = missing.map(({ topic, operations }) => `${operations.join(', ')} on ${topic}`)
  return {
    outcome: 'failed',
    detail: `missing: ${list.join('; ')}`,
    means: `${service} gets broker.denied, and cannot do its part of the work`,
    fix: `freshet topic plan -o acl --principal ${role}=User:NAME prints the commands that grant them`,
  }
}

/** Returns whether the environment has the variables that Kubernetes makes of a Service. They are ignored. */
function linkFinding(env: DoctorTarget['env']): CheckFinding {
  const links = Object.entries(env)
    .filter(([name, value = '']) => name.startsWith('FRESHET_') && isServiceLink(name, value))
    .map(([name]) => name)
  if (links.length === 0) return { outcome: 'ok', detail: 'no service links' }
  return {
    outcome: 'warning',
    detail: `service links: ${links.join(', ')}`,
    means: 'the service ignores them; a setting of the same name would be ignored, too',
    fix: 'set enableServiceLinks: false in the pod',
  }
}

const ANSWER_WITHIN_MS = 2_000
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
async function addressFinding(
  { host, port, proxyPort }: ServiceAddress,
  withTls: boolean,
): Promise<CheckFinding> {
  const ports = proxyPort === undefined ? [port] : [port, proxyPort]
  const findings = await Promise.all(ports.map((each) => portFinding(host, each, withTls)))
  const fault = findings.find(({ outcome }) => outcome !== 'ok')
  return fault ?? { outcome: 'ok', detail: findings.map(({ detail }) => detail).join(', ') }
}

async function portFinding(host: string, port: number, withTls: boolean): Promise<CheckFinding> {
  const code = await listenFault(host, port)
  if (code === undefined) return { outcome: 'ok', detail: `${host}:${port} is free` }
  if (code === 'EADDRINUSE' && (await isOurs(host, port)))
    return { outcome: 'ok', detail: `a service of Freshet listens on ${host}:${port}` }
  const [why, fix] = REASONS[code] ?? [code, 'correct FRESHET_HOST and FRESHET_PORT']
  return {
    outcome: code === 'EADDRINUSE' && withTls ? 'warning' : 'failed',
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
  const hostName = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const base = `http://${hostName.includes(':') ? `[${hostName}]` : hostName}:${port}`
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  try {
    const answer = await fetch(`${base}/v1/version`, { redirect: 'error', signal })
    return answer.ok && typeof Object(await answer.json())['commit'] === 'string'
  } catch {
    return false
  }
}

/** Variables that hold a path. Each has one file, which a service reads when it starts. */
const NAMES_FILE = /^(?:FRESHET|KAFKA|DATABASE)_\w+_FILE$|^FRESHET_(?:REGISTRY|SLOS)$/
/** Files of private keys, which services refuse if every user of the machine can open them. */
const PRIVATE = /^FRESHET_\w+_KEYS?_FILE$/

/** Returns whether every file that the environment names is there, has content, and is private if it must be. */
export async function fileFinding(env: DoctorTarget['env']): Promise<CheckFinding> {
  const named = Object.entries(env).filter(([name, path]) => NAMES_FILE.test(name) && path)
  const faults = await Promise.all(named.map(([name, path = '']) => faultOf(name, path)))
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length === 0) return { outcome: 'ok', detail: `${named.length} files` }
  return {
    outcome: 'failed',
    detail: found.join('; '),
    means: 'the service does not start, or it cannot authenticate',
    fix: 'write the file or correct the variable; a mounted secret needs the key that the path names',
  }
}

async function faultOf(name: string, path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.trim() === '') return `${name} names an empty file`
    if (PRIVATE.test(name)) await requirePrivateFile({ path, name, logger: { warn: ignore } })
    return undefined
  } catch (error) {
    if (error instanceof FreshetError) return error.message
    return `${name} names a file that cannot be read (${codeOf(error)})`
  }
}

function codeOf(error: unknown): string {
  const code: unknown = Object(error)['code']
  return typeof code === 'string' ? code : 'unknown'
}

const ignore = (): void => undefined

/** The address that a service listens on. */
interface ServiceAddress {
  readonly host: string
  readonly port: number
  /** A second port, for the questions of proxies. */
  readonly proxyPort?: number | undefined
}

type ReadConfig = (env: Shell['env']) => ServiceAddress

/**
 * Reads the environment as the service does, by the service's own code.
 *
 * @throws `config.invalid` with every problem at once, or where the service is not installed
 */
async function readServiceConfig(service: ServiceName, env: Shell['env']): Promise<ServiceAddress> {
  const file = join(dirname(serviceEntry(service)), 'config.js')
  if (!existsSync(file))
    throw new FreshetError('config.invalid', `The service ${service} is not installed here.`)
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, ReadConfig>>
  const read = module[`${service}Config`]
  if (read === undefined)
    throw new FreshetError('config.invalid', `The service ${service} is of another release.`)
  return read(env)
}
