import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { HealthAnswer, ObservedJson, RefusedJson } from '@freshet/insight/answers'
import { keycloakAvailability, startKeycloak, type LocalKeycloak } from '@freshet/local-keycloak'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { startStack, type Stack } from '../../packages/cli/src/stack/stack.ts'
import { cliFolder, FRESHET, type CliFolder, type Ended } from '../e2e/cli.ts'
import { canRun, freeze } from '../e2e/test-stack.ts'
import { freshDatabase } from '../setup/database.ts'
import { takeBroker } from '../setup/stack-broker.ts'
import { changeGroup, login } from './keycloak-client.ts'
import { acmeRealm, ALICE, GROUP, WEB } from './realm.ts'

/** Keycloak needs half a minute of processor time, beside the stack and other processes. */
const START_WITHIN_MS = 1_000_000
const SOON_MS = 60_000
const ROUTE = 'POST /approve'
const SOURCE = 'directory'
/** A request takes less than this, and a token has its times in whole seconds. */
const REQUEST_MS = 1_000
/** Requests of each kind, after the waits. */
const REQUESTS = 40

const found = await keycloakAvailability()

/** The count that the test makes by itself, from its own requests. */
interface Own {
  requests: number
  gone: number
  /** The latest request with a right that was gone. */
  lastGoneMs: number
}

interface Trial {
  readonly files: readonly string[]
  readonly audience: string
  readonly claims: readonly string[]
  readonly next: readonly { readonly command: string }[]
}

/** Runs the installed program, with a token on stdin. */
async function freshetTry(args: readonly string[], token: string): Promise<Ended> {
  const child = spawn(process.execPath, [FRESHET, 'try', ...args])
  child.stdin.end(token)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, out, err }
}

describe.runIf(canRun && found.available)('a trial on the tokens of Keycloak', () => {
  const own: Own = { requests: 0, gone: 0, lastGoneMs: 0 }
  let dir: string
  let keycloak: LocalKeycloak
  let stack: Stack
  let cli: CliFolder
  let old: string
  let enforce: string
  let removed: { readonly fromMs: number; readonly toMs: number }
  const endings: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-try-'))
    endings.push(() => rm(dir, { recursive: true, force: true }))
    const onProgress = (line: string): void => void process.stderr.write(`${line}\n`)
    keycloak = await startKeycloak({ realm: acmeRealm('http://127.0.0.1:9/'), onProgress })
    endings.push(() => keycloak.stop())
    await keycloak.ready()
  }, START_WITHIN_MS)
  afterAll(async () => {
    for (const end of endings.toReversed()) await end()
  })

  const accessToken = async (): Promise<string> => (await login(keycloak, WEB)).access_token
  /** Asks as a proxy does. `by` is the part of the question that observes the route. */
  const ask = (token: string, by = ''): Promise<Response> =>
    fetch(
      new URL(`/authz/generic?${new URLSearchParams({ name: ROUTE })}${by}`, stack.at.sidecar),
      {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(5_000),
      },
    )
  /** Sends a request to the observed route, and counts it. Returns what enforcement would have answered. */
  const request = async (token: string): Promise<string | null> => {
    const response = await ask(token, `&${new URLSearchParams({ enforce })}`)
    expect(response.status).toBe(200)
    own.requests += 1
    return response.headers.get('x-freshet-observed')
  }
  const health = async (): Promise<HealthAnswer> => {
    const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
    const response = await fetch(new URL('/v1/health', stack.at.console), { headers })
    return (await response.json()) as HealthAnswer
  }
  const observed = async (): Promise<ObservedJson | undefined> =>
    (await health()).observed?.find(({ route }) => route === ROUTE)
  /** Sends a change of the group of alice, as the team of the directory does. */
  const emit = (op: 'add' | 'remove'): Promise<Ended> => {
    const about = ['--source', SOURCE, '--iss', keycloak.issuer, '--subject', ALICE.id]
    const change = ['--claim', 'groups', '--op', op, '--value', GROUP]
    return cli.freshet('change', 'emit', ...about, ...change)
  }
  /** Waits until the console has every request. */
  const reported = async (): Promise<ObservedJson> => {
    const { value } = await until('every request is reported', SOON_MS, async () => {
      const counted = await observed()
      return counted?.requests === own.requests ? counted : undefined
    })
    return value
  }

  it(
    'begins with a registry that freshet try writes from discovery and a token',
    async () => {
      old = await accessToken()
      const options = [
        keycloak.issuer,
        '--token',
        '-',
        '--out',
        dir,
        '--route',
        ROUTE,
        '-o',
        'json',
      ]
      const { code, out, err } = await freshetTry(options, old)
      expect([code, err]).toEqual([0, ''])
      const trial = JSON.parse(out) as Trial
      expect(trial).toMatchObject({ audience: 'payments', claims: ['groups'] })
      expect(out).not.toContain(GROUP)
      enforce =
        /enforce=([^"]+)"/.exec(trial.next.map(({ command }) => command).join('\n'))?.[1] ?? ''
      enforce = enforce.replaceAll('+', ' ')
      expect(enforce).toMatch(/^observe until \d{4}-\d\d-\d\d$/)
      const broker = await takeBroker()
      const database = await freshDatabase({ max: 1 })
      endings.push(() => database.drop().finally(() => broker.free()))
      const [registryFile = ''] = trial.files
      const home = await mkdtemp(join(tmpdir(), 'freshet-e2e-'))
      endings.push(() => rm(home, { recursive: true, force: true }))
      stack = await startStack({
        dir: home,
        registryFile,
        stores: { brokers: broker.brokers, databaseUrl: database.url },
        signal: new AbortController().signal,
        onStep: () => {},
        onDeath: (name, what) => process.stderr.write(`${name}: ${what}\n`),
      })
      endings.push(() => stack.stop())
      cli = await cliFolder(stack)
      endings.push(() => cli.dispose())
    },
    START_WITHIN_MS,
  )

  it('control: a second run replaces no file, and a token of another issuer is refused', async () => {
    const again = await freshetTry([keycloak.issuer, '--token', '-', '--out', dir], old)
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toContain('exists already')
    const elsewhere = ['--token', '-', '--out', join(dir, 'other')]
    const foreign = await freshetTry([keycloak.masterIssuer, ...elsewhere], old)
    expect(foreign).toMatchObject({ code: 1, out: '' })
    expect(foreign.err).toContain('not a valid one of this issuer')
    expect(foreign.err).not.toContain(old.slice(0, 20))
  })

  it('lets every request in, and counts none while nothing was removed', async () => {
    // Tokens from before the trial are stale, because no change of that time is known. They count as no removed right.
    await until('the token is fresh', SOON_MS, async () => {
      old = await accessToken()
      return (await request(old)) === 'allow' ? true : undefined
    })
    for (let n = 0; n < REQUESTS; n += 1) expect(await request(old)).toBe('allow')
    expect(await reported()).toMatchObject({ gone: 0, undated: 0, oldestMs: null })
    const { out } = await cli.freshet('status')
    expect(out).toContain(`none of ${own.requests} requests used a right that was already gone`)
  })

  it('counts the requests that used a removed group, and for how long it was gone', async () => {
    await changeGroup(keycloak, 'DELETE')
    const fromMs = Date.now()
    expect(await emit('remove')).toMatchObject({ code: 0 })
    removed = { fromMs, toMs: Date.now() }
    await until('the edge has the change', SOON_MS, async () => {
      if ((await request(old)) !== 'token.stale') return undefined
      own.gone += 1
      return true
    })
    for (let n = 0; n < REQUESTS; n += 1) {
      expect(await request(old)).toBe('token.stale')
      own.gone += 1
      own.lastGoneMs = Date.now()
    }
    // Control: a new token has no group, so it uses nothing that is gone.
    expect(await request(await accessToken())).toBe('allow')
    const { gone, undated, oldestMs } = await reported()
    expect(gone).toBe(own.gone)
    expect(undated).toBe(0)
    expect(oldestMs).toBeGreaterThanOrEqual(own.lastGoneMs - removed.toMs - REQUEST_MS)
    expect(oldestMs).toBeLessThanOrEqual(own.lastGoneMs - removed.fromMs + 1)
    const { out } = await cli.freshet('status')
    process.stderr.write(`${out.split('\n').findLast((line) => line.includes('observed since'))}\n`)
    expect(out).toContain(`${gone} of ${own.requests} requests used rights that were already gone`)
  })

  it('enforces the route once the question no longer observes it', async () => {
    expect((await ask(old)).status).toBe(401)
    expect((await ask(await accessToken())).status).toBe(200)
  })

  it('names the route that refuses when the source is silent, and opens it for 15 minutes', async () => {
    await changeGroup(keycloak, 'PUT')
    expect(await emit('add')).toMatchObject({ code: 0 })
    const { value: token } = await until('a new token is fresh', SOON_MS, async () => {
      const next = await accessToken()
      return (await ask(next)).status === 200 ? next : undefined
    })
    const thaw = freeze(stack, `source:${SOURCE}`)
    endings.push(() => Promise.resolve(thaw()))
    const refused = async (): Promise<RefusedJson | undefined> => {
      expect((await ask(token)).status).toBeGreaterThanOrEqual(200)
      return (await health()).refused?.find(({ route }) => route === ROUTE)
    }
    const { value } = await until('the verdict names the route', SOON_MS, refused)
    expect(value).toMatchObject({ audience: 'payments', claims: ['groups'] })
    expect(value.open).toEqual([expect.stringContaining('--for 15m')])
    expect((await ask(token)).status).toBe(503)
    const where = ['--tenant', value.tenant, '--audience', 'payments', '--route', ROUTE]
    const why = ['--claim', 'groups', '--for', '15m', '--reason', 'groups is unverified']
    const opened = await cli.freshet('break-glass', 'open', ...where, ...why, '--yes', '-o', 'json')
    expect(opened).toMatchObject({ code: 0 })
    await until('it is open', SOON_MS, async () =>
      (await ask(token)).status === 200 ? true : undefined,
    )
    // Control: a token whose group is gone stays refused.
    expect((await ask(old)).status).toBe(401)
    const { id } = JSON.parse(opened.out) as { readonly id: string }
    expect(await cli.freshet('break-glass', 'close', id, '--reason', 'over')).toMatchObject({
      code: 0,
    })
    await until('it is closed', SOON_MS, async () =>
      (await ask(token)).status === 503 ? true : undefined,
    )
  })
})
