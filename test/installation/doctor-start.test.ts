import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { freePorts } from '@freshet/owned-dir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'

type Environment = Readonly<Record<string, string>>

let dir: string
/** The environment of the gateway that `freshet init` wrote, on a free port. Nothing else of it is started. */
let gateway: Environment

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-doctor-start-'))
  const shell = recordingShell({
    cwd: dir,
    env: { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: 'postgres://u:p@127.0.0.1:1/f' },
  })
  expect(await runCommand(['init', 'made'], shell)).toBe(0)
  const [port] = await freePorts(1)
  gateway = { ...(await environmentIn(join(dir, 'made', 'gateway.env'))), FRESHET_PORT: `${port}` }
})
afterAll(() => rm(dir, { recursive: true }))

async function environmentIn(file: string): Promise<Environment> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const settings = lines.flatMap((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? [])
  const names = settings.filter((_, at) => at % 2 === 0)
  return Object.fromEntries(names.map((name, at) => [name, unquoted(settings[2 * at + 1] ?? '')]))
}

const unquoted = (text: string): string => text.replace(/^(['"])(.*)\1$/, '$2')

/** Returns the checks of the gateway's start in this environment. */
async function examine(env: Environment): Promise<readonly CheckResult[]> {
  const shell = recordingShell({ cwd: dir, env })
  await runCommand(['doctor', '--service', 'gateway', '-o', 'json'], shell)
  const { checks } = JSON.parse(shell.written().out) as { readonly checks: readonly CheckResult[] }
  return checks.filter(({ group }) => group === 'start of gateway')
}

async function faultsIn(env: Environment): Promise<readonly CheckResult[]> {
  return (await examine(env)).filter(({ outcome }) => ['failed', 'warning'].includes(outcome))
}

async function put(name: string, text: string, mode = 0o600): Promise<string> {
  const file = join(dir, name)
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

async function serve(answer: object): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((_, response) => response.end(JSON.stringify(answer)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, server }
}

describe('freshet doctor --service gateway, before the gateway starts', () => {
  it('control: finds no fault in the environment that freshet init wrote', async () => {
    expect(await examine(gateway)).toMatchObject([
      { name: 'it accepts its environment', outcome: 'ok' },
      { name: 'its files can be used', outcome: 'ok' },
      { name: 'its address is free', outcome: 'ok' },
      { name: 'Kubernetes adds no variables', outcome: 'ok' },
    ])
  })

  it('names every variable that is missing, wrong or unknown, at once', async () => {
    const { FRESHET_ISSUER: _, ...rest } = gateway
    const [fault] = await faultsIn({ ...rest, FRESHET_PORT: 'http', FRESHET_REGISTRI: 'x' })
    expect(fault).toMatchObject({ name: 'it accepts its environment', outcome: 'failed' })
    for (const name of ['FRESHET_ISSUER', 'FRESHET_PORT', 'FRESHET_REGISTRI'])
      expect(fault?.detail).toContain(name)
    expect(fault?.detail).toContain('did you mean FRESHET_REGISTRY?')
  })

  it('names a secret file that is empty; a trailing newline is no fault', async () => {
    const { DATABASE_URL: __, DATABASE_URL_FILE: ___, ...rest } = gateway
    const empty = { ...rest, DATABASE_URL_FILE: await put('empty', '\n') }
    const names = (await faultsIn(empty)).map(({ name, detail }) => `${name}: ${detail}`).join('\n')
    expect(names).toContain('its files can be used: DATABASE_URL_FILE names an empty file')
    expect(names).toContain('it accepts its environment')
    const url = await put('url', 'postgres://u:hush@127.0.0.1:1/f\n')
    expect(await faultsIn({ ...rest, DATABASE_URL_FILE: url })).toEqual([])
  })

  it('names a file that is absent, and the error of the system', async () => {
    const missing = { ...gateway, FRESHET_REGISTRY: join(dir, 'nowhere.yaml') }
    expect(await faultsIn(missing)).toMatchObject([
      { detail: 'FRESHET_REGISTRY names a file that cannot be read (ENOENT)' },
    ])
  })

  it('names a file of private keys that every user can open', async () => {
    const keys = await readFile(gateway['FRESHET_STAMP_KEYS_FILE'] ?? '', 'utf8')
    const open = { ...gateway, FRESHET_STAMP_KEYS_FILE: await put('open.json', keys, 0o644) }
    const [fault] = await faultsIn(open)
    expect(fault?.detail).toMatch(/^FRESHET_STAMP_KEYS_FILE: every user .*chmod 600/)
    expect(JSON.stringify(fault)).not.toContain('"d"')
  })

  it('names a port that another program has; a service of ours on it is no fault', async () => {
    const other = await serve({ hello: 'world' })
    const ours = await serve({ version: '1.0.0', commit: 'abc' })
    try {
      const [fault] = await faultsIn({ ...gateway, FRESHET_PORT: `${other.port}` })
      expect(fault?.detail).toBe(`127.0.0.1:${other.port} cannot be used: another program has it`)
      expect(fault?.fix).toContain('FRESHET_PORT')
      expect(await faultsIn({ ...gateway, FRESHET_PORT: `${ours.port}` })).toEqual([])
    } finally {
      other.server.close()
      ours.server.close()
    }
  })

  it('names an address that this machine does not have', async () => {
    const [fault] = await faultsIn({ ...gateway, FRESHET_HOST: '192.0.2.1' })
    expect(fault?.detail).toContain('this machine has no such address')
    expect(fault?.fix).toContain('FRESHET_HOST')
  })

  it('warns of the service links of Kubernetes, which the gateway ignores', async () => {
    const links = { FRESHET_GATEWAY_SERVICE_HOST: '10.0.0.1', FRESHET_GATEWAY_SERVICE_PORT: '7070' }
    expect(await faultsIn({ ...gateway, ...links })).toMatchObject([
      { outcome: 'warning', fix: 'set enableServiceLinks: false in the pod' },
    ])
  })

  it('warns of two builds that run beside each other', async () => {
    const one = await serve({ version: '1.0.0', commit: 'abc' })
    const two = await serve({ version: '1.1.0', commit: 'def' })
    try {
      const at = (port: number): string => `http://127.0.0.1:${port}`
      const env = { FRESHET_URL: at(one.port), FRESHET_TOKEN: 'x' }
      const shell = recordingShell({ cwd: dir, env })
      await runCommand(['doctor', '--gateway', at(two.port), '-o', 'json'], shell)
      const { checks } = JSON.parse(shell.written().out) as { readonly checks: CheckResult[] }
      expect(checks.find(({ name }) => name === 'one build runs')).toMatchObject({
        outcome: 'warning',
        detail: 'console is 1.0.0 (abc), gateway is 1.1.0 (def)',
      })
    } finally {
      one.server.close()
      two.server.close()
    }
  })
})
