import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createDatabase } from '@freshet/postgres'
import { BODY_BYTES_MAX } from '@freshet/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument, type Document } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { cliFolder, type CliFolder, type Ended } from './cli.ts'
import { announce, announceLate } from './announce-version.ts'
import { check, type CheckAnswer } from './edge.ts'
import { addTenants } from './many-tenants.ts'
import { sidecarWithRoutes } from './sidecar-with-routes.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { mint, payloadOf, refusal } from './token.ts'

/** Each process reads a registry of 3,000 tenants, which takes seconds on a busy machine. */
const SHOWN_WITHIN_MS = 60_000

let stack: TestStack
let cli: CliFolder

/** Writes the registry of the stack with another version and a test's changes, beside its key files. */
async function versionFile(version: number, edit: (registry: Document) => void): Promise<string> {
  const { registry } = stack.workspace
  const before = join(dirname(registry), `registry-${version - 1}.yaml`)
  const text = await readFile(before, 'utf8').catch(() => readFile(registry, 'utf8'))
  const document = parseDocument(text)
  document.set('version', version)
  edit(document)
  const file = join(dirname(registry), `registry-${version}.yaml`)
  await writeFile(file, document.toString())
  return file
}

const publish = (file: string): Promise<Ended> => cli.freshet('registry', 'publish', file)
const activate = (version: number, ...more: readonly string[]): Promise<Ended> => {
  const options = ['--reason', 'a test', '--timeout', '60s']
  return cli.freshet('registry', 'activate', String(version), ...options, ...more)
}

async function done(ending: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ending
  if (code !== 0) throw new Error(`freshet ended with ${code}: ${err}`)
  return out
}

const everywhere = (token: string, audience = 'payments'): Promise<readonly CheckAnswer[]> =>
  Promise.all(SIDECARS.map((edge) => check(stack, { token, audience }, edge)))

const allowedEverywhere = (token: string): Promise<unknown> =>
  until('the token is allowed by every edge', SHOWN_WITHIN_MS, async () => {
    const answers = await everywhere(token)
    return answers.every(({ decision }) => decision === 'allow') || undefined
  })

/** Mints until it succeeds: the answer is 503 while minting waits for another version. */
const mintedBy = async (pv: number, audience = 'payments'): Promise<string> => {
  const { value } = await until(`a token of version ${pv}`, SHOWN_WITHIN_MS, async () => {
    const token = await mint(stack, 'alice', audience)
    return payloadOf(token).freshet.pv === pv ? token : undefined
  })
  return value
}

const readiness = async (url: string): Promise<string> => (await fetch(`${url}/readyz`)).text()
const pids = (): readonly unknown[] => [...stack.processes].map(([name, { pid }]) => [name, pid])

describe.runIf(canRun)('a running stack goes from one policy version to the next', () => {
  let started: readonly unknown[]
  beforeAll(async () => {
    stack = await startTestStack()
    cli = await cliFolder(stack)
    started = pids()
    await sourceOf(stack, 'hr').send({
      op: 'set',
      subject: 'alice',
      claim: 'groups',
      value: ['staff'],
    })
    await sourceOf(stack, 'iga').send({
      op: 'set',
      subject: 'alice',
      claim: 'entitlements',
      value: ['invoices:read'],
    })
  })
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
  })

  it('with a shorter life and another audience: old tokens end, new ones carry the version', async () => {
    const old = await mintedBy(1)
    await allowedEverywhere(old)
    const file = await versionFile(2, (registry) => {
      registry.setIn(['audiences', 'payments', 'ttl'], '2m')
      registry.setIn(['audiences', 'ledger'], { claims: ['groups'], ttl: '5m' })
      registry.setIn(['clients', 'payments-web', 'audiences'], ['payments', 'directory', 'ledger'])
    })
    const flowing = new AbortController()
    const flow = changesUntil(flowing.signal)
    try {
      const diff = cli.freshet('registry', 'diff', stack.workspace.registry, file)
      expect(await done(diff)).toMatch(
        /live 2m, not 5m \(([1-9]\d*) tokens?\)\n[^]*^what tightens touches \1 of \d+ tokens? /m,
      )
      expect(await done(publish(file))).toContain('tokens for payments live 2m, not 5m')
      const refused = await activate(2)
      expect(refused.code).toBe(1)
      expect(refused.err).toContain('/audiences/payments/ttl')
      expect(await done(activate(2, '--minimum', '2', '--wait'))).toBe(
        'version 2 is active: every partition goes by it\n',
      )
      const young = await mintedBy(2)
      const { iat, exp } = payloadOf(young)
      expect(exp - iat).toBe(120)
      await allowedEverywhere(young)
      const { value } = await until('the old token is stale', SHOWN_WITHIN_MS, async () => {
        const answers = await everywhere(old)
        return answers.every(({ claims }) => claims['groups']?.verdict === 'stale')
          ? answers
          : undefined
      })
      expect(value.map(({ decision }) => decision)).toEqual(['deny', 'deny'])
      await allowedEverywhere(young)
      const ledger = await mintedBy(2, 'ledger')
      expect(Object(payloadOf(ledger))['aud']).toBe('ledger')
    } finally {
      flowing.abort()
    }
    expect(await flow).toBeGreaterThan(0)
    expect(stack.deaths).toEqual([])
    expect(pids()).toEqual(started)
    // The console itself reads which version is active once a second.
    await expect
      .poll(() => done(cli.freshet('registry', 'show', '-o', 'wide')))
      .toMatch(
        /^policy version 2;[^]*^activated by dev at .*, minimum 2$\nreason: a test$[^]*^2 .* dev +2 +a test$/m,
      )
  })

  it('that only widens, by a longer life and 3,000 tenants: tokens that are out go on', async () => {
    const old = await mintedBy(2)
    const file = await versionFile(3, (registry) => {
      registry.setIn(['audiences', 'payments', 'ttl'], '4m')
      addTenants(registry, 3_000)
    })
    // The file is larger than any other body that a gateway accepts.
    expect((await readFile(file)).length).toBeGreaterThan(BODY_BYTES_MAX)
    await done(publish(file))
    await done(activate(3))
    await allowedEverywhere(await mintedBy(3))
    await allowedEverywhere(old)
  })

  it('in which a claim moved: it is in doubt until its new source has stated it in full (rule 32)', async () => {
    const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
    const old = await mintedBy(3)
    const file = await versionFile(4, (registry) =>
      registry.setIn(['claims', 'groups', 'source'], 'iga'),
    )
    expect(await done(publish(file))).toContain('claim groups moves from source hr to iga')
    // The first partition that passes it puts the claim in doubt for all, while others still use version 3.
    await done(activate(4, '--minimum', '4', '--wait'))
    const { value: doubt } = await until(
      'minting is refused for doubt',
      SHOWN_WITHIN_MS,
      async () => {
        const refused = await refusal(stack, 'alice')
        return refused?.message.includes('in doubt') ? refused : undefined
      },
    )
    expect(doubt.status).toBe(503)
    // The gateway polls by itself, and can notice shortly after the authority.
    await until('the gateway goes by it', SHOWN_WITHIN_MS, () =>
      iga.send({ op: 'set', subject: 'alice', claim: 'groups', value: ['auditors'] }),
    )
    expect((await refusal(stack, 'alice'))?.message).toContain('in doubt')
    await iga.send({ op: 'snapshot-begin' })
    await iga.send({ op: 'set', subject: 'alice', claim: 'groups', value: ['auditors'] })
    await iga.send({ op: 'set', subject: 'alice', claim: 'entitlements', value: ['invoices:read'] })
    await iga.send({ op: 'snapshot-end' })
    const token = await mintedBy(4)
    expect(payloadOf(token).groups).toEqual(['auditors'])
    await allowedEverywhere(token)
    expect((await everywhere(old)).map(({ decision }) => decision)).toEqual(['deny', 'deny'])
    const event = await hr.event({ op: 'set', subject: 'alice', claim: 'groups', value: ['staff'] })
    expect(await hr.post(event)).toMatchObject({ status: 403, body: { code: 'event.forbidden' } })
    expect(pids()).toEqual(started)
  })

  it('a version without its text: partitions wait and report it, and go on once it is there', async () => {
    const file = await versionFile(5, (registry) =>
      registry.setIn(['audiences', 'payments', 'ttl'], '5m'),
    )
    await announce(stack, file)
    const { value: problem } = await until(
      'the reconciler is not ready',
      SHOWN_WITHIN_MS,
      async () => {
        const text = await readiness(stack.at.reconciler)
        return text.includes('registry.not-loaded') ? text : undefined
      },
    )
    expect(problem).toContain('Policy version 5 is active, and nobody has published it')
    const iga = sourceOf(stack, 'iga')
    await iga.send({ op: 'set', subject: 'alice', claim: 'groups', value: ['auditors', 'staff'] })
    await done(publish(file))
    const token = await mintedBy(5)
    const { value: groups } = await until('what waited is recorded', SHOWN_WITHIN_MS, async () => {
      const held = payloadOf(await mint(stack, 'alice')).groups ?? []
      return held.includes('staff') ? held : undefined
    })
    expect(groups.toSorted()).toEqual(['auditors', 'staff'])
    await until('the reconciler is ready', SHOWN_WITHIN_MS, async () =>
      (await readiness(stack.at.reconciler)) === 'ok\n' ? true : undefined,
    )
    expect(payloadOf(token).freshet.pv).toBe(5)
    expect(pids()).toEqual(started)
  })

  it('and a process that starts with an older file uses the active version, and logs that', async () => {
    for (const name of ['gateway', 'reconciler', 'authority', 'console']) {
      await processOf(stack, name).stop()
      await processOf(stack, name).start()
    }
    await allowedEverywhere(await mintedBy(5))
    for (const name of ['gateway', 'reconciler', 'authority', 'console'] as const) {
      await until(`${name} is ready`, SHOWN_WITHIN_MS, async () =>
        (await readiness(stack.at[name])) === 'ok\n' ? true : undefined,
      )
      const log = await readFile(processOf(stack, name).plan.logFile, 'utf8')
      expect(log).toContain('FRESHET_REGISTRY holds another version than the active one')
    }
    expect(stack.deaths).toEqual([])
  })

  it('and if the active text is nowhere it serves no request, until it is published again', async () => {
    await forgetVersions()
    for (const name of ['gateway', 'authority'] as const) {
      await processOf(stack, name).stop()
      await processOf(stack, name).start()
      expect(await readiness(stack.at[name])).toContain('(registry.not-loaded)')
    }
    const url = new URL('/v1/sources/hr', stack.at.gateway)
    const authorization = `Bearer ${stack.workspace.adminToken}`
    const response = await fetch(url, { headers: { authorization } })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'registry.not-loaded' })
    expect((await refusal(stack, 'alice'))?.status).toBe(503)
    await done(publish(join(dirname(stack.workspace.registry), 'registry-5.yaml')))
    await allowedEverywhere(await mintedBy(5))
    for (const name of ['gateway', 'authority'] as const) {
      await until(`${name} is ready`, SHOWN_WITHIN_MS, async () =>
        (await readiness(stack.at[name])) === 'ok\n' ? true : undefined,
      )
    }
    expect(stack.deaths).toEqual([])
  })

  it('that tightens a route: a sidecar that runs enforces it, although its file is version 1', async () => {
    const sidecar = await sidecarWithRoutes(stack)
    const { pid } = sidecar.process
    try {
      const token = await mintedBy(5)
      await sidecar.untilAnswers(200, token, '/report')
      expect(await sidecar.ask(token, '/new')).toBe(403)
      const file = await versionFile(6, (registry) => {
        const routes = ['audiences', 'payments', 'routes']
        registry.setIn([...routes, 'GET /report', 'require'], { groups: ['payments-approvers'] })
        registry.setIn([...routes, 'GET /new'], { require: { groups: ['staff'] } })
      })
      await done(publish(file))
      await done(activate(6, '--wait'))
      await sidecar.untilAnswers(403, token, '/report')
      await sidecar.untilAnswers(200, token, '/new')
      expect(sidecar.process.pid).toBe(pid)
    } finally {
      await sidecar.process.stop()
    }
  })

  it('a version whose activation comes late: it stays inactive, and its minimum holds (rule 32)', async () => {
    const old = await mintedBy(6)
    const file = await versionFile(7, (registry) =>
      registry.setIn(['audiences', 'archive'], { claims: ['groups'], ttl: '5m' }),
    )
    await done(publish(file))
    await done(activate(7, '--wait'))
    await allowedEverywhere(old)
    await announceLate(stack, { pv: 6, minimum: 7 })
    await until('the old token is stale', SHOWN_WITHIN_MS, async () => {
      const answers = await everywhere(old)
      return answers.every(({ claims }) => claims['groups']?.verdict === 'stale') || undefined
    })
    await allowedEverywhere(await mintedBy(7))
    expect(stack.deaths).toEqual([])
  })
})

/** Restores the database to a time before anything was published. */
async function forgetVersions(): Promise<void> {
  const terms = { url: stack.at.databaseUrl, applicationName: 'freshet-test' }
  await using database = createDatabase(terms)
  await database.query({ name: '', text: 'TRUNCATE activation_order, policy_version' })
}

/** Sends changes of another subject, one after the other, until the signal aborts. Returns their number. */
async function changesUntil(signal: AbortSignal): Promise<number> {
  const hr = sourceOf(stack, 'hr')
  let sent = 0
  while (!signal.aborted) {
    await hr.send({ op: 'set', subject: 'ben', claim: 'groups', value: [`g${sent}`] })
    sent += 1
  }
  return sent
}
