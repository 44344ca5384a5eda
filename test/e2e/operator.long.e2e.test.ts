import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { auditCli, type AuditCli } from './audit.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { tablesNaming } from './named-tables.ts'
import {
  canRun,
  freeze,
  SIDECARS,
  startTestStack,
  untilFresh,
  type TestStack,
} from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, refusal } from './token.ts'

const TOKENS = 12
const order = ['cut-off', 'client', 'payments-web', '--yes']
/** Longer than HR's lease, and than the time until the audit is sealed and signed. */
const TURNS_WITHIN_MS = 30_000
/** In a stack of tests no workload has a token, and no route is high-risk. */
const UNKNOWN_HERE = ['nhi7-lifetimes', 'asvs-8.3.2-high-risk']
const ON_HR = ['asvs-8.3.2-sources', 'ac-3.8-sources']

interface Report {
  readonly items: readonly {
    readonly row: string
    readonly verdict: string
    readonly value: number | null
  }[]
}

describe.runIf(canRun)('an operator, on the real parts, by', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      // The bench measures the speed, not a machine under load.
      registry.setIn(['slo', 'reduce', 'within'], '30s')
      registry.set('guards', { cutOff: '20%' })
    })
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  describe.runIf(process.platform === 'linux')('wrong admin tokens', () => {
    const from = (
      localAddress: string,
      url: string,
      token: string,
    ): Promise<number | undefined> => {
      const headers = { authorization: `Bearer ${token}` }
      return new Promise((resolve, reject) => {
        get(url, { localAddress, headers }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode))
        }).once('error', reject)
      })
    }

    it.each([
      ['console', '/v1/status', '127.0.0.21'],
      ['gateway', '/v1/sources/hr', '127.0.0.22'],
    ] as const)(
      'are slowed down at the %s by address, and audited',
      async (service, path, address) => {
        const url = `${stack.at[service]}${path}`
        const { token } = stack.describe().admin
        const seen: unknown[] = []
        for (let n = 0; n < 30; n += 1) seen.push(await from(address, url, `guess-${n}`))
        expect(new Set(seen)).toEqual(new Set([401, 429]))
        expect(await from('127.0.0.23', url, token)).toBe(200)
        await using cli = await auditCli(stack)
        await until('the audit of wrong tokens', TURNS_WITHIN_MS, async () => {
          const { items } = await cli.json('audit', 'ls', '--kind', 'admin-refused')
          return items.some((item) => JSON.stringify(item).includes(address)) ? true : undefined
        })
        const metrics = await (await fetch(new URL('/metrics', stack.at[service]))).text()
        expect(metrics).toMatch(/^freshet_admin_tokens_refused_total{reason="wrong"} 2\d$/m)
        expect(metrics).toMatch(/^freshet_admin_tokens_refused_total{reason="limited"} \d/m)
      },
    )
  })

  describe('freshet evidence', () => {
    let cli: CliFolder
    beforeAll(async () => {
      cli = await cliFolder(stack)
    })
    afterAll(async () => {
      await cli.dispose()
    })

    const report = async (): Promise<{
      readonly code: number | null
      readonly items: Report['items']
    }> => {
      const { code, out, err } = await cli.freshet('evidence', '-o', 'json')
      if (out === '') throw new Error(err)
      return { code, items: (JSON.parse(out) as Report).items }
    }
    const rowsOf = (items: Report['items'], verdict: string): readonly string[] =>
      items.filter((row) => row.verdict === verdict).map(({ row }) => row)
    const turned = (what: string, red: readonly string[]) =>
      until(what, TURNS_WITHIN_MS, async () => {
        const { code, items } = await report()
        const isSo = JSON.stringify(rowsOf(items, 'red')) === JSON.stringify(red)
        const isUnknown = JSON.stringify(rowsOf(items, 'unknown')) === JSON.stringify(UNKNOWN_HERE)
        return isSo && isUnknown ? { code, items } : undefined
      })

    it('every row has a live figure; what rests on HR turns red with its silence, and back', async () => {
      const hr = sourceOf(stack, 'hr')
      const loss = { op: 'remove', subject: 'probe', claim: 'groups', value: ['staff'] }
      await recorded(stack, await hr.send(loss))
      // The earlier token is stale now; a fresh one has a measurable life.
      await mint(stack, 'probe')
      const cutOff = await cli.freshet('cut-off', 'key', 'key-of-nobody', '--yes', '--unknown-ok')
      expect(cutOff).toMatchObject({ code: 0 })

      const well = await turned('green rows', [])
      expect(well.value.code).toBe(0)
      for (const { row, value } of well.value.items) {
        expect([row, value !== null]).toEqual([row, !UNKNOWN_HERE.includes(row)])
      }

      const thaw = freeze(stack, 'source:hr')
      try {
        const silent = await turned('the rows that rest on HR red', ON_HR)
        expect(silent.value.code).toBe(10)
      } finally {
        thaw()
      }
      expect((await turned('green rows again', [])).value.code).toBe(0)
    })
  })

  describe('freshet cut-off, guarded,', () => {
    let cli: AuditCli
    let token: string

    beforeAll(async () => {
      cli = await auditCli(stack)
      // The end of HR's silence reaches the console before it reaches each edge.
      await untilFresh(stack)
      for (let n = 0; n < TOKENS; n++) token = await mint(stack, 'probe')
    })
    afterAll(async () => {
      await cli[Symbol.asyncDispose]()
    })

    it('shows how many tokens and edges it would affect, and that it must be confirmed', async () => {
      const { code, out } = await cli.freshet(...order, '--dry-run', '-o', 'json')
      expect(code).toBe(0)
      const { touches, guard } = JSON.parse(out) as {
        readonly touches: { readonly tokens: number; readonly edges: number }
        readonly guard: object
      }
      expect(touches.tokens).toBeGreaterThanOrEqual(TOKENS)
      expect(touches.edges).toBe(2)
      expect(guard).toMatchObject({ share: 0.2, needsConfirmation: true })
    })

    it('is not done at the first request, by the CLI or at the gateway', async () => {
      const { code, err } = await cli.freshet(...order)
      expect(code).toBe(2)
      expect(err).toContain('--confirm')
      const response = await fetch(new URL('/v1/cut-offs', stack.at.gateway), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${stack.describe().admin.token}`,
        },
        body: JSON.stringify({
          op: 'cut-off',
          tenant: stack.describe().tenant,
          scope: 'client',
          target: 'payments-web',
        }),
      })
      expect([response.status, await response.json()]).toMatchObject([
        409,
        { code: 'request.unconfirmed' },
      ])
      expect(await check(stack, { token })).toMatchObject({ decision: 'allow' })
    })

    it('is done when it is confirmed with a reason, and applied at every edge', async () => {
      const why = ['--confirm', '--reason', 'incident 7', '--wait', 'applied']
      expect((await cli.freshet(...order, ...why)).code).toBe(0)
      expect(await check(stack, { token })).toMatchObject({
        decision: 'deny',
        code: 'token.revoked',
      })
    })
  })

  describe('freshet, which does not read as done where nothing was', () => {
    let cli: CliFolder
    beforeAll(async () => {
      cli = await cliFolder(stack)
    })
    afterAll(() => cli.dispose())

    it('refuses to cut off a client that does not exist, and names the one that was meant', async () => {
      for (const more of ['--yes', '--dry-run']) {
        const { code, out, err } = await cli.freshet('cut-off', 'client', 'payments-wb', more)
        expect({ code, out }).toEqual({ code: 3, out: '' })
        expect(err).toContain('Did you mean payments-web?')
      }
    })

    it('ends with 11 for a removal that is older than what its source stated', async () => {
      const hr = sourceOf(stack, 'hr')
      const stated = await hr.event({
        op: 'set',
        subject: 'ivy',
        claim: 'groups',
        value: ['staff'],
      })
      const sourceVersion = String(Date.now() + 60_000)
      const data = { ...(stated['data'] as object), sourceVersion }
      expect(await hr.post({ ...stated, data })).toMatchObject({ status: 202 })
      await recorded(stack, stated.id)
      const options = [
        '--source',
        'hr',
        '--subject',
        'ivy',
        '--claim',
        'groups',
        '--value',
        'staff',
      ]
      const line = ['change', 'emit', '--op', 'remove', ...options, '--wait', 'applied']
      const { code, out } = await cli.freshet(...line)
      expect(code).toBe(11)
      expect(out).toContain('IGNORED: hr had sent a newer version before')
      const [, id = ''] = /^(\S+) by hr:/m.exec(out) ?? []
      expect((await cli.freshet('change', 'explain', id)).out).toContain('IGNORED')
    })

    it('lists edges by the options that its help names', async () => {
      const list = async (...more: string[]): Promise<string> => {
        const { code, out, err } = await cli.freshet('edge', 'ls', '-o', 'jsonl', ...more)
        expect({ code, err }).toEqual({ code: 0, err: '' })
        return out
      }
      expect((await list('--status', 'synced')).trim().split('\n')).toHaveLength(SIDECARS.length)
      expect((await list('--limit', '1')).trim().split('\n')).toHaveLength(1)
      expect(await list('--after', 'sidecar')).not.toContain('"sidecar"')
    })
  })

  describe('freshet subject erase', () => {
    const sub = 'vera-4711'
    const why = ['--reason', 'request 4711', '--yes']
    let cli: CliFolder
    let token: string

    beforeAll(async () => {
      cli = await cliFolder(stack)
      const change = { op: 'set', subject: sub, claim: 'groups', value: ['staff'] }
      await recorded(stack, await sourceOf(stack, 'hr').send(change))
      token = await mint(stack, sub)
    })
    afterAll(async () => {
      await cli.dispose()
    })

    const untilBoth = (decision: string) =>
      until(`${decision} at every edge`, TURNS_WITHIN_MS, async () => {
        const answers = await Promise.all(SIDECARS.map((edge) => check(stack, { token }, edge)))
        return answers.every((each) => each.decision === decision) ? answers : undefined
      })

    it('is refused while the account is not deleted, and changes nothing', async () => {
      await untilBoth('allow')
      const { code, err } = await cli.freshet('subject', 'erase', sub, ...why)
      expect([code, err]).toEqual([1, expect.stringContaining('erasure.early')])
      const { tenant, idp } = stack.describe()
      const response = await fetch(new URL('/v1/erasures', stack.at.gateway), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${stack.describe().admin.token}`,
        },
        body: JSON.stringify({
          tenant,
          subject: { format: 'iss_sub', iss: idp.issuer, sub },
          reason: 'request 4711',
        }),
      })
      expect([response.status, await response.json()]).toMatchObject([
        409,
        { code: 'erasure.early' },
      ])
      await untilBoth('allow')
      // Control: the text that is searched below is found in its place.
      const naming = await tablesNaming(stack, sub)
      expect(naming).toEqual(
        expect.arrayContaining(['change_log', 'claim_state', 'issuance', 'token']),
      )
    })

    it('leaves its name nowhere, its token stale at every edge, and an audit that verifies', async () => {
      const options = ['--source', 'hr', '--subject', sub, '--op', 'deleted', '--wait', 'applied']
      expect((await cli.freshet('change', 'emit', ...options)).code).toBe(0)
      // Records about the subject can still be on their way: then the erasure is too early, and is requested
      // again.
      await until('erased', TURNS_WITHIN_MS, async () => {
        const { code } = await cli.freshet('subject', 'erase', sub, ...why)
        return code === 0 ? true : undefined
      })
      for (const { claims } of (await untilBoth('deny')).value)
        expect(claims['groups']).toMatchObject({ verdict: 'stale', reason: 'account' })
      expect(await tablesNaming(stack, sub)).toEqual(['watermark'])
      expect((await refusal(stack, sub))?.code).toBe('grant.invalid')
      expect((await cli.freshet('subject', 'erase', sub, ...why)).code).toBe(3)

      const verified = await until('its entry sealed', TURNS_WITHIN_MS, async () => {
        const listed = await cli.freshet('audit', 'ls', '--kind', 'subject-erased', '-o', 'json')
        return listed.out.includes('request 4711') ? listed.out : undefined
      })
      expect(verified.value).not.toContain(sub)
      const { code, out } = await cli.freshet('audit', 'verify')
      expect([code, out]).toEqual([0, expect.not.stringContaining('record')])
    })
  })
})
