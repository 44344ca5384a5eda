import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP } from '../../packages/cli/src/stack/workspace.ts'
import { auditCli } from './audit.ts'
import { askAuthority } from './authority.ts'
import { check } from './edge.ts'
import { addHolds, sendTwice } from './equal-versions.ts'
import { atEveryEdge } from './mint-outcome.ts'
import { sourceOf, type TestChange } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { groupsOf, jtiOf, mint, payloadOf } from './token.ts'

const STALE_WITHIN_MS = 7_000
const PROMISED_MS = 7_000
const WITHIN_MS = 20_000
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const MANY = Array.from({ length: 20 }, (_, at) => `ledger-${at}:read`)

describe.runIf(canRun)('claims and their sources', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack(edit)
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  describe('a partner that sends through a source', () => {
    it('adds what is under its prefix, and nothing else; the source adds what it wants', async () => {
      const iga = sourceOf(stack, 'iga')
      const add = { op: 'add', subject: 'carol', claim: 'entitlements' }
      const onBehalfOf = 'partner-tool'
      const refused = [
        { ...add, onBehalfOf, value: ['payments:approve'] },
        { ...add, onBehalfOf, op: 'set', value: ['northwind:read'] },
        { ...add, onBehalfOf, op: 'clear' },
      ]
      for (const change of refused) {
        const { status, body } = await iga.post(await iga.event(change))
        expect([status, body['code']]).toEqual([403, 'event.forbidden'])
        expect(JSON.stringify(body)).not.toContain('payments:approve')
      }
      await iga.send({ ...add, onBehalfOf, value: ['northwind:read'] })
      // Control: the same value, sent by the source for itself.
      await recorded(stack, await iga.send({ ...add, value: ['payments:approve'] }))
      const { entitlements } = payloadOf(await mint(stack, 'carol'))
      expect(entitlements).toEqual(expect.arrayContaining(['northwind:read', 'payments:approve']))
      expect(entitlements).toHaveLength(2)
    })

    it('a value that the registry does not list is refused at the door; one that it lists is not', async () => {
      const hr = sourceOf(stack, 'hr')
      const set = { op: 'set', subject: 'dave', claim: 'groups' }
      await expectRefused('hr', { ...set, value: ['staff', 'root'] })
      // Control: the same change without it.
      await recorded(stack, await hr.send({ ...set, value: ['staff', 'payments-approvers'] }))
      const { groups } = payloadOf(await mint(stack, 'dave'))
      expect(groups).toEqual(expect.arrayContaining(['staff', 'payments-approvers']))
    })

    it('a value without the form that the registry gives is refused at the door; one with it is not', async () => {
      const set = { op: 'set', subject: 'grace', claim: 'entitlements' }
      await expectRefused('iga', { ...set, value: ['invoices:read', 'root access:all'] })
      // Control: the same change without it.
      const sent = await sourceOf(stack, 'iga').send({ ...set, value: ['invoices:read'] })
      await recorded(stack, sent)
      expect(payloadOf(await mint(stack, 'grace')).entitlements).toEqual(['invoices:read'])
    })

    /** Expects an answer that names the place, and not the value. */
    async function expectRefused(source: 'hr' | 'iga', change: TestChange): Promise<void> {
      const from = sourceOf(stack, source)
      const { status, body } = await from.post(await from.event(change))
      expect([status, body['code']]).toEqual([422, 'event.malformed'])
      expect(body['errors']).toMatchObject([{ pointer: '/data/value' }])
      expect(JSON.stringify(body)).not.toContain('root')
    }
  })

  describe('the second of two changes with one version', () => {
    const GROUPS = { op: 'set', claim: 'groups', value: ['staff', 'payments-approvers'] }
    const HOLDS = { op: 'set', claim: 'holds', value: ['payments'] }

    it.each([
      ['a shorter set', { op: 'set', value: ['staff'] }, ['staff']],
      ['an empty set', { op: 'set', value: [] }, []],
      ['a clear', { op: 'clear' }, []],
    ])('is not late: %s takes away what it lacks', async (name, second, left) => {
      const first = { ...GROUPS, subject: name }
      const { outcome, tokens, verdicts } = await sendTwice(stack, first, second)
      expect([outcome, tokens[1].claims.groups]).toEqual(['applied', left])
      const stale = expect.objectContaining({ decision: 'deny', groups: 'stale' })
      await expect.poll(verdicts, { timeout: STALE_WITHIN_MS }).toEqual(atEveryEdge(stale))
    })

    it('control: takes no restriction away', async () => {
      const first = { ...HOLDS, subject: 'twice-held' }
      const { tokens } = await sendTwice(stack, first, { ...HOLDS, value: [] })
      expect(tokens.map(({ claims }) => claims.holds)).toEqual([['payments'], ['payments']])
    })
  })

  describe('a service that hands on the token that it was called with', () => {
    const send = async (
      subject: string,
      op: string,
      ...value: readonly string[]
    ): Promise<string> => {
      const id = await sourceOf(stack, 'hr').send({ op, subject, claim: 'groups', value })
      await recorded(stack, id)
      return id
    }
    const exchange = (token: string) =>
      askAuthority(stack, '/oauth/token', 'payments-api', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: ACCESS_TOKEN,
        audience: 'payments',
      })

    beforeAll(async () => {
      await send('alice', 'set', 'a', 'b')
      await send('payments', 'set', 'b', 'c')
    })

    it('has what both may, until one of them loses it, and never acts for itself (rule 24)', async () => {
      const own = await mint(stack, 'alice')
      const { status, body } = await exchange(own)
      expect(body).toMatchObject({ issued_token_type: ACCESS_TOKEN })
      expect(status).toBe(200)
      const token = String(body['access_token'])
      expect([groupsOf(own), groupsOf(token)]).toEqual([['a', 'b'], ['b']])

      const require = { groups: ['b'] }
      for (const sidecar of SIDECARS) {
        expect(await check(stack, { token, require }, sidecar)).toMatchObject({ decision: 'allow' })
        const more = { token, require: { groups: ['a'] } }
        expect(await check(stack, more, sidecar)).toMatchObject({ decision: 'deny', status: 403 })
      }
      expect(await exchange(token)).toMatchObject({ status: 400, body: { code: 'grant.cycle' } })

      const lost = await send('payments', 'remove', 'b')
      for (const sidecar of SIDECARS) {
        const { value } = await until('the service’s loss', STALE_WITHIN_MS, async () => {
          const answer = await check(stack, { token, require }, sidecar)
          return answer.decision === 'allow' ? undefined : answer
        })
        expect(value.claims['groups']).toMatchObject({ verdict: 'stale', change: lost })
        const still = await check(stack, { token: own, require }, sidecar)
        expect(still).toMatchObject({ decision: 'allow' })
      }
    })

    it('is cut off: what it holds for others is denied, and they go on by themselves', async () => {
      await send('payments', 'set', 'b')
      const own = await mint(stack, 'alice')
      const exchanged = async (): Promise<string> =>
        String((await exchange(own)).body['access_token'])
      const held = await exchanged()
      const decisions = (token: string) =>
        Promise.all(
          SIDECARS.map((edge) => check(stack, { token, require: { groups: ['b'] } }, edge)),
        )
      const allowed = [{ decision: 'allow' }, { decision: 'allow' }]
      for (const token of [own, held]) expect(await decisions(token)).toMatchObject(allowed)
      const account = sourceOf(stack, 'security')
      const change = await account.send({ op: 'disabled', subject: 'payments' })
      const { value } = await until('the actor’s end', STALE_WITHIN_MS, async () => {
        const answers = await decisions(held)
        return answers.every(({ decision }) => decision === 'deny') ? answers : undefined
      })
      const verdict = { verdict: 'stale', reason: 'account', change }
      for (const answer of value) {
        expect(answer).toMatchObject({ status: 401, claims: { groups: verdict } })
      }
      await recorded(stack, change)
      expect(await exchange(own)).toMatchObject({ status: 400, body: { code: 'grant.invalid' } })
      // Control: the subject’s own token has the same group, and the subject is not cut off.
      expect(await decisions(own)).toMatchObject(allowed)
      // A subject that is enabled again needs new tokens: the old one stays denied.
      await recorded(stack, await account.send({ op: 'enabled', subject: 'payments' }))
      expect(await decisions(await exchanged())).toMatchObject(allowed)
      expect(await decisions(held)).toMatchObject([{ decision: 'deny' }, { decision: 'deny' }])
    })
  })

  describe('if the account is not HR’s', () => {
    beforeAll(async () => {
      const frank = { op: 'set', subject: 'frank' }
      const ids = [
        await sourceOf(stack, 'hr').send({ ...frank, claim: 'groups', value: ['a'] }),
        await sourceOf(stack, 'iga').send({ ...frank, claim: 'entitlements', value: ['x:read'] }),
      ]
      await Promise.all(ids.map((id) => recorded(stack, id)))
    })

    it('rule 15: only the heartbeats of HR stop: only its claims become unverified', async () => {
      const token = await mint(stack, 'frank')
      const askAll = (require: Readonly<Record<string, readonly string[]>>) =>
        Promise.all(SIDECARS.map((edge) => check(stack, { token, require }, edge)))
      const all = (what: string, withinMs: number, decision: string) =>
        until(what, withinMs, async () => {
          const answers = await askAll({ groups: ['a'] })
          return answers.every((each) => each.decision === decision) ? answers : undefined
        })
      await all('trust in HR', WITHIN_MS, 'allow')
      const hr = processOf(stack, 'source:hr')
      await hr.stop('SIGKILL')
      try {
        const { value, ms } = await all('trust in HR withdrawn', 2 * PROMISED_MS, 'deny')
        expect(ms).toBeLessThan(PROMISED_MS)
        for (const { claims } of value) {
          expect(claims['groups']).toMatchObject({ verdict: 'unverified', source: 'hr' })
        }
        for (const { decision, claims } of await askAll({ entitlements: ['x:read'] })) {
          expect(decision).toBe('allow')
          expect(claims['entitlements']).toEqual({ verdict: 'fresh' })
        }
        await expectAudited('source-silent')
      } finally {
        await hr.start()
      }
      await all('trust in HR restored', WITHIN_MS, 'allow')
      await expectAudited('source-heard')
    })

    async function expectAudited(kind: string): Promise<void> {
      await using cli = await auditCli(stack)
      const { value } = await until(`${kind} in the audit`, WITHIN_MS, async () => {
        const { items } = await cli.json('audit', 'ls', '--ref', 'hr', '--kind', kind)
        return items[0]
      })
      expect(value).toMatchObject({ tenant: 'acme', by: 'console' })
    }
  })

  describe('a claim that a token leaves out', () => {
    beforeAll(async () => {
      const erin = { op: 'set', subject: 'erin' }
      const ids = [
        await sourceOf(stack, 'hr').send({ ...erin, claim: 'groups', value: ['a'] }),
        await sourceOf(stack, 'iga').send({ ...erin, claim: 'entitlements', value: MANY }),
      ]
      await Promise.all(ids.map((id) => recorded(stack, id)))
    })

    it('because it is too large is decided by the authority, by the present values of its source', async () => {
      const token = await mint(stack, 'erin')
      expect(payloadOf(token)).not.toHaveProperty('entitlements')
      expect(payloadOf(token)).toMatchObject({ groups: ['a'], freshet: { over: ['entitlements'] } })
      for (const sidecar of SIDECARS) {
        const ask = (require: Readonly<Record<string, readonly string[]>>) =>
          check(stack, { token, require }, sidecar)
        // HR was silent just before: its heartbeats count again in one partition after the other.
        await until('trust in HR at its partition', WITHIN_MS, async () => {
          const { decision } = await ask({ groups: ['a'] })
          return decision === 'allow' ? true : undefined
        })
        const held = await ask({ entitlements: ['ledger-7:read'] })
        expect(held).toMatchObject({ decision: 'allow', validated: true })
        const lacking = await ask({ entitlements: ['ledger-7:write'] })
        expect(lacking).toMatchObject({ decision: 'deny', status: 403 })
        expect(await check(stack, { token }, sidecar)).toMatchObject({
          decision: 'deny',
          status: 503,
          claims: { entitlements: { verdict: 'unverified', reason: 'omitted-over' } },
        })
      }
      await using cli = await auditCli(stack)
      const { out } = await cli.freshet('token', 'explain', jtiOf(token))
      expect(out).toContain('entitlements is unverified: the token omits it')
      const sealed = await until('its entry in the audit', WITHIN_MS, async () => {
        const { items } = await cli.json(
          'audit',
          'ls',
          '--ref',
          jtiOf(token),
          '--kind',
          'token-issued',
        )
        return items[0]
      })
      expect(JSON.stringify(sealed.value)).toContain('"over":"entitlements"')
    })

    it('because its source is silent is allowed by no edge, while the rest is minted', async () => {
      const iga = processOf(stack, 'source:iga')
      await iga.stop('SIGKILL')
      try {
        const { value: token } = await until('a token without it', WITHIN_MS, async () => {
          const minted = await mint(stack, 'erin')
          const { freshet } = payloadOf(minted)
          return freshet.omitted?.includes('entitlements') ? minted : undefined
        })
        const entitled = await check(stack, { token, require: { entitlements: ['ledger-7:read'] } })
        expect(entitled).toMatchObject({ decision: 'deny', status: 503 })
        expect(await check(stack, { token, require: { groups: ['a'] } })).toMatchObject({
          decision: 'allow',
        })
      } finally {
        await iga.start()
      }
    })
  })
})

/**
 * The changes of the registry for all suites together: each suite continues with the good state that the one
 * before it left.
 */
function edit(registry: Document): void {
  addHolds(registry)
  registry.setIn(['account'], 'security')
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
  registry.setIn(['sources', 'iga', 'onBehalfOf'], ['partner-tool'])
  const partner = { name: 'partner-tool', prefix: 'northwind:' }
  registry.setIn(['claims', 'entitlements', 'partners'], [partner])
  registry.setIn(['claims', 'entitlements', 'maxBytes'], 100)
  registry.setIn(['claims', 'entitlements', 'onOver'], 'omit')
  registry.setIn(['claims', 'entitlements', 'onMissing'], 'omit')
  registry.setIn(['claims', 'entitlements', 'pattern'], '([a-z0-9-]+:)?[a-z]+')
  registry.setIn(['claims', 'groups', 'values'], ['staff', 'payments-approvers', 'a', 'b', 'c'])
  registry.setIn(['clients', 'payments-api', 'subject'], { iss: DEV_IDP, sub: 'payments' })
  registry.setIn(['clients', 'payments-api', 'audiences'], ['payments'])
}
