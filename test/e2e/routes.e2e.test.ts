import type { HealthAnswer, RefusedJson } from '@freshet/insight/answers'
import { loadRegistry } from '@freshet/runtime'
import { statusOfRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { auditCli, type AuditCli } from './audit.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, freeze, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const STALE_WITHIN_MS = 30_000
const SILENT_WITHIN_MS = 20_000
const OPEN_WITHIN_MS = 30_000
const SEALED_WITHIN_MS = 20_000
const OBSERVED = 'observe until 2099-12-31'
const require = { groups: ['payments-approvers'] }
const route = 'POST /approve'
/** Splits a command line as a shell does, and leaves out the name of the program. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1)

interface Opened {
  readonly id: string
  readonly route: string
}

const what = ['--audience', 'payments', '--route', route, '--claim', 'groups']

describe.runIf(canRun)('a route, on the real parts,', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack((registry) => registry.set('breakGlass', { maxFor: '10m' }))
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('that requires a descriptive claim is refused by every reader', async () => {
    const { document } = await loadRegistry(stack.workspace.registry)
    const post = async (routes: object): Promise<readonly unknown[]> => {
      const file = JSON.parse(document) as { readonly registry: object }
      Object(file.registry)['audiences'].directory.routes = routes
      Object(file.registry)['version'] = 2
      const response = await fetch(new URL('/v1/registry?dryRun=true', stack.at.gateway), {
        method: 'POST',
        headers: { authorization: `Bearer ${stack.workspace.adminToken}` },
        body: JSON.stringify(file),
      })
      return [response.status, await response.text()]
    }
    const [status, body] = await post({ 'GET /people': { require: { department: ['payments'] } } })
    expect([status, body]).toEqual([422, expect.stringContaining('registry.invalid')])
    expect(body).toContain('claim department is descriptive and cannot be required')
    const token = await mint(stack, 'probe')
    const asking = check(stack, { token, require: { department: ['payments'] } })
    await expect(asking).rejects.toThrow('answered 400')
    // Control: the same registry without it, and the same question about an authoritative claim.
    expect(await post({ 'GET /people': {} })).toEqual([200, expect.any(String)])
    expect(await check(stack, { token, require: { groups: ['staff'] } })).toMatchObject({
      decision: 'allow',
    })
  })

  it('is asked about at the port for proxies, where a proxy appends its client’s path', async () => {
    const { url, proxyUrl } = stack.describe().sidecar
    const token = await mint(stack, 'probe')
    const ask = (at: string, line: `GET ${string}`, bearer?: string): Promise<number> =>
      statusOfRaw(at, line, bearer === undefined ? {} : { authorization: `Bearer ${bearer}` })
    expect(await ask(proxyUrl, 'GET /authz/generic/reports/7', token)).toBe(200)
    expect(await ask(proxyUrl, 'GET /authz/generic/reports/7')).toBe(401)
    expect(await ask(url, 'GET /authz/generic/reports/7', token)).toBe(403)
    for (const at of [url, proxyUrl]) {
      expect(await ask(at, 'GET /authz/generic', token)).toBe(200)
      expect(await ask(at, 'GET /authz/generic/../../livez', token)).toBe(400)
      expect(await ask(at, 'GET /authz/generic/%2e%2e/%2e%2e/livez', token)).toBe(400)
    }
    expect(await ask(proxyUrl, 'GET /livez')).toBe(403)
  })

  describe('that is observed', () => {
    let token: string

    /** Sends the question of a proxy before it forwards a request. */
    const forwarded = (more = ''): Promise<Response> =>
      fetch(new URL(`/authz/generic?require.groups=payments-approvers${more}`, stack.at.sidecar), {
        headers: { authorization: `Bearer ${token}` },
      })

    beforeAll(async () => {
      const hr = sourceOf(stack, 'hr')
      const about = { subject: 'alice', claim: 'groups' } as const
      const granted = ['payments-approvers', 'staff']
      await recorded(stack, await hr.send({ ...about, op: 'set', value: granted }))
      token = await mint(stack, 'alice')
      await hr.send({ ...about, op: 'remove', value: 'payments-approvers' })
      await until('the token is stale', STALE_WITHIN_MS, async () => {
        const { claims } = await check(stack, { token, require })
        return claims['groups']?.verdict === 'stale' ? true : undefined
      })
    })

    it('lets a stale token in by the proxy, and reports the verdict that it would have enforced', async () => {
      const response = await forwarded(`&enforce=${encodeURIComponent(OBSERVED)}`)
      expect([response.status, response.headers.get('x-freshet-observed')]).toEqual([
        200,
        'token.stale',
      ])
    })

    it('lets it in by the answer of the service, with the verdict', async () => {
      expect(await check(stack, { token, require, enforce: OBSERVED })).toMatchObject({
        decision: 'allow',
        observed: true,
        would: { decision: 'deny', status: 401, code: 'token.stale' },
        claims: { groups: { verdict: 'stale' } },
      })
    })

    it('counts both', async () => {
      const metrics = await (await fetch(new URL('/metrics', stack.at.sidecar))).text()
      expect(metrics).toContain('freshet_observed_total{would="deny",reason="stale"} 2')
    })

    it('control: a route that is not observed, and a day that is over, refuse the same token', async () => {
      expect((await forwarded()).status).toBe(401)
      const enforce = 'observe until 2026-01-31'
      expect(await check(stack, { token, require, enforce })).toMatchObject({
        decision: 'deny',
        code: 'token.stale',
      })
    })
  })

  describe('that is opened by break-glass', () => {
    let thaw: () => void
    let stale: string
    let token: string
    let id: string
    let cli: AuditCli
    const ask = (jwt: string, name?: string) =>
      check(stack, { token: jwt, require, ...(name !== undefined && { name }) })

    beforeAll(async () => {
      const hr = sourceOf(stack, 'hr')
      const about = { subject: 'bob', claim: 'groups' } as const
      const value = ['payments-approvers', 'staff']
      await recorded(stack, await hr.send({ ...about, op: 'set', value }))
      stale = await mint(stack, 'bob')
      await recorded(stack, await hr.send({ ...about, op: 'remove', value: 'staff' }))
      await until('the token is stale', OPEN_WITHIN_MS, async () => {
        const { claims } = await ask(stale)
        return claims['groups']?.verdict === 'stale' ? true : undefined
      })
      token = await mint(stack, 'bob')
      cli = await auditCli(stack)
      thaw = freeze(stack, 'source:hr')
      await until('nobody vouches for groups', SILENT_WITHIN_MS, async () => {
        const { status } = await ask(token, route)
        return status === 503 ? true : undefined
      })
    })
    afterAll(async () => {
      thaw()
      await cli[Symbol.asyncDispose]()
    })

    it('is named in the verdict with its requests, and opened by the command that is shown', async () => {
      const refused = async (name = route): Promise<RefusedJson | undefined> => {
        const answer = await fetch(new URL('/v1/health', stack.at.console), {
          headers: { authorization: `Bearer ${stack.workspace.adminToken}` },
        })
        const health = (await answer.json()) as HealthAnswer
        return health.refused?.find((each) => each.route === name)
      }
      // Control: a route without a request is not listed.
      expect(await refused('GET /nothing')).toBeUndefined()
      const { value: named } = await until('the verdict names it', OPEN_WITHIN_MS, async () => {
        await ask(token, route)
        return refused()
      })
      expect(named).toMatchObject({ tenant: 'acme', audience: 'payments', claims: ['groups'] })
      expect(named.perSecond).toBeGreaterThan(0)
      await ask(token, route)
      const status = await cli.freshet('status')
      expect(status.out).toContain(`REFUSED NOW: ${route} of payments`)
      const [command] = named.open
      expect(status.out).toContain(`${command} --dry-run`)
      const run = (more: string): ReturnType<AuditCli['freshet']> =>
        cli.freshet(...wordsOf(command ?? ''), more)
      expect(await run('--dry-run')).toMatchObject({
        code: 0,
        out: expect.stringContaining('would be open'),
      })
      // Control: the dry run opened nothing.
      expect(await ask(token, route)).toMatchObject({ status: 503 })
      expect(await run('--yes')).toMatchObject({ code: 0 })
      await until('it is open', OPEN_WITHIN_MS, async () => {
        const { decision } = await ask(token, route)
        return decision === 'allow' ? true : undefined
      })
      // Control: another route stays closed, and is named.
      await until('another route is named', OPEN_WITHIN_MS, async () => {
        expect(await ask(token, 'GET /report')).toMatchObject({ status: 503 })
        return refused('GET /report')
      })
      await until('it is no longer named', OPEN_WITHIN_MS, async () =>
        (await refused()) === undefined ? true : undefined,
      )
      const [open] = (await cli.json('break-glass', 'ls')).items as readonly Partial<Opened>[]
      expect(open).toMatchObject({ route, claim: 'groups', reason: 'groups is unverified' })
      await cli.freshet('break-glass', 'close', open?.id ?? '', '--reason', 'over')
      await until('it is closed', OPEN_WITHIN_MS, async () => {
        const { status: code } = await ask(token, route)
        return code === 503 ? true : undefined
      })
    })

    it('control: nothing opens for longer than the registry allows', async () => {
      const long = ['--for', '11m', '--reason', 'HR is down', '--yes']
      expect(await cli.freshet('break-glass', 'open', ...what, ...long)).toMatchObject({ code: 5 })
      expect(await ask(token, route)).toMatchObject({ status: 503 })
    })

    it('lets in at every edge what is unverified, reports it, and nothing else', async () => {
      const why = ['--for', '5m', '--reason', 'HR is down', '--yes', '-o', 'json']
      const { code, out } = await cli.freshet('break-glass', 'open', ...what, ...why)
      expect(code).toBe(0)
      id = (JSON.parse(out) as { readonly id: string }).id
      for (const sidecar of SIDECARS)
        await until(`open at ${sidecar}`, OPEN_WITHIN_MS, async () => {
          const answer = await check(stack, { token, require, name: route }, sidecar)
          return answer.decision === 'allow' ? true : undefined
        })
      expect(await ask(token, route)).toMatchObject({
        claims: { groups: { verdict: 'unverified' } },
        breakGlass: [{ claim: 'groups', opening: id }],
      })
      expect(await ask(token, 'GET /report')).toMatchObject({ status: 503 })
      expect(await ask(token)).toMatchObject({ status: 503 })
      expect(await ask(stale, route)).toMatchObject({ status: 401, code: 'token.stale' })
      const metrics = await (await fetch(new URL('/metrics', stack.at.sidecar))).text()
      expect(metrics).toMatch(
        /freshet_decisions_total\{result="allow",reason="break-glass"\} [1-9]/,
      )
    })

    it('is shown with who and why, and ends at every edge when it is closed', async () => {
      await expect
        .poll(async () => JSON.parse((await cli.freshet('status', '-o', 'json')).out) as unknown)
        .toMatchObject({
          openings: [{ id, route, claim: 'groups', by: 'dev', reason: 'HR is down' }],
        })
      const closed = await cli.freshet('break-glass', 'close', id, '--reason', 'over')
      expect(closed.code).toBe(0)
      for (const sidecar of SIDECARS)
        await until(`closed at ${sidecar}`, OPEN_WITHIN_MS, async () => {
          const { status } = await check(stack, { token, require, name: route }, sidecar)
          return status === 503 ? true : undefined
        })
    })

    it('stands in the audit: who ordered it and why, that it opened, and that it closed', async () => {
      const { value: kinds } = await until('its entries are sealed', SEALED_WITHIN_MS, async () => {
        const { items } = await cli.json('audit', 'ls', '--ref', id)
        return items.length < 2 ? undefined : items.map(({ kind }) => kind)
      })
      expect(kinds.toSorted()).toEqual(['opening-applied', 'opening-ordered'])
    })
  })
})
