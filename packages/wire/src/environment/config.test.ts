import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readConfig, secret, setting, type Relation } from './config.ts'

const variables = {
  port: setting('FRESHET_PORT', z.coerce.number().int().min(1).max(65_535).default(8080)),
  heartbeatMs: setting('FRESHET_HEARTBEAT_MS', z.coerce.number().int().positive().default(1_000)),
  leaseMs: setting('FRESHET_LEASE_MS', z.coerce.number().int().positive().default(5_000)),
  databaseUrl: secret('DATABASE_URL', z.url()),
}
const heartbeatBelowLease: Relation<typeof variables> = (config) =>
  config.heartbeatMs < config.leaseMs
    ? undefined
    : 'FRESHET_HEARTBEAT_MS must be below FRESHET_LEASE_MS'

const url = 'postgres://app:hunter2@db/app'
const read = (env: Record<string, string>): unknown =>
  readConfig(env, variables, [heartbeatBelowLease])
const messageOf = (env: Record<string, string>): string => {
  try {
    read(env)
  } catch (error) {
    expect(error).toMatchObject({ code: 'config.invalid', disposition: 'stop' })
    return String(error)
  }
  throw new Error('the environment was accepted')
}

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-config-'))
})
afterAll(() => rm(dir, { recursive: true }))

describe('readConfig', () => {
  it('reads text into typed values, with defaults, and freezes them', () => {
    const config = readConfig({ DATABASE_URL: url, FRESHET_PORT: '9000' }, variables)
    expect(config).toEqual({ port: 9_000, heartbeatMs: 1_000, leaseMs: 5_000, databaseUrl: url })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes an empty text for one that is not set', () => {
    expect(read({ DATABASE_URL: url, FRESHET_PORT: '' })).toMatchObject({ port: 8080 })
  })

  it('lists all problems at once, by name', () => {
    const message = messageOf({
      FRESHET_PORT: '70000',
      FRESHET_LEASE_MS: 'soon',
      FRESHET_PROT: '1',
    })
    expect(message).toContain('FRESHET_PORT: must be at most 65535')
    expect(message).toContain('FRESHET_LEASE_MS: must be a number')
    expect(message).toContain('DATABASE_URL is missing')
    expect(message).toContain('FRESHET_PROT: not a known variable; did you mean FRESHET_PORT?')
  })

  const rules: Readonly<Record<string, z.ZodType>> = {
    number: z.coerce.number(),
    whole: z.coerce.number().int().min(2),
    above: z.coerce.number().positive(),
    level: z.enum(['debug', 'info']),
    isOn: z.stringbool(),
    url: z.url(),
    short: z.string().max(3),
    own: z.string().refine((text) => text !== 'x', 'must not be x'),
  }
  it.each([
    ['number', 'soon', 'must be a number'],
    ['whole', '2.5', 'must be a whole number'],
    ['whole', '1', 'must be at least 2'],
    ['above', '0', 'must be above 0'],
    ['level', 'loud', 'must be debug or info'],
    ['isOn', 'perhaps', 'must be true or false'],
    ['url', 'here', 'must be a URL'],
    ['short', 'long', 'must be at most 3 characters long'],
    ['own', 'x', 'must not be x'],
  ] as const)('states the rule of %s, broken by %s, as a text', (rule, text, expected) => {
    const attempt = (value: string) => () =>
      readConfig({ FRESHET_X: value }, { x: setting('FRESHET_X', rules[rule] ?? z.never()) })
    expect(attempt(text)).toThrow(`FRESHET_X: ${expected}`)
    expect(attempt('')).toThrow('FRESHET_X is missing')
  })

  it('suggests nothing for a name that is far from all', () => {
    const message = messageOf({ DATABASE_URL: url, FRESHET_SOMETHING_ELSE_ENTIRELY: '1' })
    expect(message).toMatch(/ENTIRELY: not a known variable$/)
  })

  it('leaves names without the prefix, and names of other programs, alone', () => {
    expect(read({ DATABASE_URL: url, PATH: '/bin', FRESHET_URL: 'x' })).toBeDefined()
    const ofTheCli = { FRESHET_TOKEN_FILE: 'x', FRESHET_GATEWAY_URL: 'x', FRESHET_SIDECAR_URL: 'x' }
    expect(read({ DATABASE_URL: url, ...ofTheCli })).toBeDefined()
  })

  it('checks relations between variables', () => {
    const env = { DATABASE_URL: url, FRESHET_HEARTBEAT_MS: '5000', FRESHET_LEASE_MS: '5000' }
    expect(messageOf(env)).toContain('FRESHET_HEARTBEAT_MS must be below FRESHET_LEASE_MS')
  })

  it('never shows a secret, right or wrong', () => {
    const strict = { pin: secret('FRESHET_PIN', z.enum(['hunter1'])) }
    const attempt = (): unknown => readConfig({ FRESHET_PIN: 'hunter2' }, strict)
    expect(attempt).toThrow(/FRESHET_PIN: not of the expected form/)
    expect(attempt).not.toThrow(/hunter/)
  })

  it('reads a secret from the file that NAME_FILE names', async () => {
    const file = join(dir, 'url')
    await writeFile(file, `${url}\n`)
    expect(read({ DATABASE_URL_FILE: file })).toMatchObject({ databaseUrl: url })
    expect(messageOf({ DATABASE_URL_FILE: file, DATABASE_URL: url })).toContain('set one of them')
    expect(messageOf({ DATABASE_URL_FILE: join(dir, 'none') })).toContain('cannot be read')
  })

  it('knows no NAME_FILE of a variable that is not secret', () => {
    expect(messageOf({ DATABASE_URL: url, FRESHET_PORT_FILE: '/x' })).toContain('FRESHET_PORT_FILE')
  })
})
