import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consoleAccess, databaseUrlOf, findStack, gatewayAccess, requireStack } from './context.ts'
import { recordingShell } from './recording-shell.ts'
import { withKafka, type UsedKafka } from './with-kafka.ts'
import { devFileIn, writeDevFile, type DevFile } from './stack/dev-file.ts'

/** Above every process id that Linux gives out. */
const NOBODY = 2 ** 22 + 1

let root: string
let below: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'freshet-context-'))
  below = join(root, 'a', 'b')
  await mkdir(join(root, '.freshet'))
  await mkdir(below, { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function describeStack(processes: DevFile['processes']): Promise<void> {
  const described = {
    console: { url: 'http://127.0.0.1:1/' },
    gateway: { url: 'http://127.0.0.1:4/' },
    admin: { token: 'of-the-stack' },
    kafka: { brokers: ['127.0.0.1:2'], kind: 'apache-kafka 4.4.0' },
    postgres: { url: 'postgres://127.0.0.1:3/x', kind: 'postgres 18' },
    processes,
  }
  await writeDevFile(devFileIn(root), described as never)
}

describe('the running stack', () => {
  it('is found from its folder and from any folder below', async () => {
    await describeStack({ gateway: process.pid })
    expect((await findStack({ cwd: root }))?.file).toBe(devFileIn(root))
    expect((await findStack({ cwd: below }))?.file).toBe(devFileIn(root))
    expect((await requireStack(recordingShell({ cwd: below }))).admin.token).toBe('of-the-stack')
  })

  it('is not found by the description that a killed one left behind', async () => {
    await describeStack({ gateway: NOBODY, kafka: process.pid })
    expect(await findStack({ cwd: below })).toBeUndefined()
    const required = requireStack(recordingShell({ cwd: below }))
    await expect(required).rejects.toMatchObject({ kind: 'unreachable', next: 'freshet dev' })
  })

  it('runs as long as one of its services does: the others are started again', async () => {
    await describeStack({ gateway: NOBODY, console: process.pid })
    expect(await findStack({ cwd: root })).toBeDefined()
  })
})

describe('the console', () => {
  const env = { FRESHET_URL: 'http://127.0.0.1:9', FRESHET_TOKEN: 'of-the-environment' }

  it('is that of the environment where no stack runs', async () => {
    const access = await consoleAccess(recordingShell({ cwd: below, env }))
    expect(access).toEqual({ url: env.FRESHET_URL, token: env.FRESHET_TOKEN })
  })

  it.each([
    [{}, 'unreachable'],
    [{ FRESHET_URL: 'nowhere' }, 'usage'],
  ])('is an error with the environment %j', async (given, kind) => {
    const access = consoleAccess(recordingShell({ cwd: below, env: given }))
    await expect(access).rejects.toMatchObject({ kind })
  })
})

describe('the gateway of an admin', () => {
  const env = { FRESHET_GATEWAY_URL: 'http://127.0.0.1:8', FRESHET_TOKEN: 'of-the-environment' }

  it('is the one of the option, then that of the running stack, then that of the environment', async () => {
    const shell = recordingShell({ cwd: below, env })
    expect(await gatewayAccess(shell, undefined)).toEqual({
      url: env.FRESHET_GATEWAY_URL,
      token: env.FRESHET_TOKEN,
    })
    await describeStack({ gateway: process.pid })
    expect(await gatewayAccess(shell, undefined)).toEqual({
      url: 'http://127.0.0.1:4/',
      token: 'of-the-stack',
    })
    expect(await gatewayAccess(shell, 'http://127.0.0.1:7')).toEqual({
      url: 'http://127.0.0.1:7',
      token: env.FRESHET_TOKEN,
    })
  })

  it.each([
    [{}, 'unreachable'],
    [{ FRESHET_GATEWAY_URL: 'http://gateway.example' }, 'usage'],
  ])('is an error with the environment %j', async (given, kind) => {
    const access = gatewayAccess(recordingShell({ cwd: below, env: given }), undefined)
    await expect(access).rejects.toMatchObject({ kind })
  })
})

describe('a secret of the environment', () => {
  const console = { FRESHET_URL: 'http://127.0.0.1:9' }

  it('can be in a file', async () => {
    await writeFile(join(below, 'token'), 'of-the-file\n')
    const env = { ...console, FRESHET_TOKEN_FILE: 'token' }
    const access = await consoleAccess(recordingShell({ cwd: below, env }))
    expect(access.token).toBe('of-the-file')
  })

  it.each([
    [{ FRESHET_TOKEN_FILE: 'none' }, 'notFound'],
    [{ FRESHET_TOKEN_FILE: 'token', FRESHET_TOKEN: 'x' }, 'usage'],
  ])('is an error as %j', async (given, kind) => {
    const env = { ...console, ...given }
    const access = consoleAccess(recordingShell({ cwd: below, env }))
    await expect(access).rejects.toMatchObject({ kind })
  })

  it('is also the database', async () => {
    await writeFile(join(root, 'url'), 'postgres://localhost/y\n')
    const env = { DATABASE_URL_FILE: join(root, 'url') }
    expect(await databaseUrlOf(recordingShell({ cwd: root, env }))).toBe('postgres://localhost/y')
  })
})

describe('broker and database', () => {
  it('are those of the environment before those of the stack', async () => {
    await describeStack({ console: process.pid })
    const env = { KAFKA_BROKERS: '127.0.0.1:9092', DATABASE_URL: 'postgres://localhost/x' }
    const isOfStack = async ({ development }: UsedKafka): Promise<boolean> => development
    const named = recordingShell({ cwd: root, env })
    expect(await withKafka(named, isOfStack)).toBe(false)
    expect(await databaseUrlOf(named)).toBe('postgres://localhost/x')
    const unnamed = recordingShell({ cwd: root })
    expect(await withKafka(unnamed, isOfStack)).toBe(true)
    expect(await databaseUrlOf(unnamed)).toBe('postgres://127.0.0.1:3/x')
  })

  it('are refused in clear over a network', async () => {
    const env = { KAFKA_BROKERS: 'b1:9092', DATABASE_URL: 'postgres://db/x' }
    const shell = recordingShell({ cwd: root, env })
    const kafka = withKafka(shell, () => Promise.resolve())
    await expect(kafka).rejects.toThrow('KAFKA_BROKERS: b1:9092 is not on loopback')
    await expect(databaseUrlOf(shell)).rejects.toThrow('DATABASE_URL: db is not on loopback')
  })
})
