import { partitionOf } from '@freshet/protocol'
import { authorityValidator, createEdge, type Edge } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatedFeed, type GatedFeed } from '../../packages/cli/src/demo/late-app.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { auditCli } from './audit.ts'
import { check, expectAllowed } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { jtiOf, mint } from './token.ts'

const AUDIENCE = 'payments'
const OUT_OF_LEASE_WITHIN_MS = 30_000
/** The time for which an edge receives nothing and allows requests meanwhile. */
const HELD_MS = 500
const BACK_WITHIN_MS = 20_000
const require = { groups: ['a'] }
const risk = 'high' as const

interface EdgesAnswer {
  readonly items: readonly {
    readonly edge: string
    readonly clock: { readonly errorMs: number | null } | null
  }[]
}

interface UsageAnswer {
  readonly items: readonly {
    readonly audience: string
    readonly routes: readonly {
      readonly route: string
      readonly claim: string
      readonly decisions: number
      readonly needed: number
    }[]
  }[]
}

async function askConsole<Answer>(stack: TestStack, path: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const signal = AbortSignal.timeout(5_000)
  const response = await fetch(new URL(path, stack.at.console), { headers, signal })
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return (await response.json()) as Answer
}

describe.runIf(canRun)('rule 40: a high-risk route', () => {
  let stack: TestStack
  let edge: Edge
  let line: GatedFeed
  const validator = () => {
    const { clients } = stack.describe()
    const client = clients['payments-api'] ?? { id: '', secret: '' }
    return authorityValidator({ issuer: stack.at.authority, client })
  }
  const ask = (token: string, edgeName: (typeof SIDECARS)[number] = 'sidecar') =>
    check(stack, { token, require, risk }, edgeName)

  beforeAll(async () => {
    stack = await startTestStack()
    const ids = [
      await sourceOf(stack, 'hr').send({
        op: 'set',
        subject: 'alice',
        claim: 'groups',
        value: ['a', 'b'],
      }),
      await sourceOf(stack, 'iga').send({
        op: 'set',
        subject: 'alice',
        claim: 'entitlements',
        value: ['invoices:read'],
      }),
    ]
    await Promise.all(ids.map((id) => recorded(stack, id)))
    line = gatedFeed(kafkaRevocations({ brokers: stack.at.brokers }))
    edge = await createEdge({
      issuer: stack.at.authority,
      audience: AUDIENCE,
      revocations: line.feed,
      validator: validator(),
    })
    await edge.ready()
  })
  afterAll(async () => {
    line.letGo()
    await edge.close()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('allows a request that is fresh at the authority, at every sidecar, and reports that it was asked', async () => {
    const token = await mint(stack, 'alice')
    for (const sidecar of SIDECARS) {
      expect(await ask(token, sidecar)).toMatchObject({
        decision: 'allow',
        validated: true,
        claims: { groups: { verdict: 'fresh' } },
      })
    }
    expect(await edge.decide({ token, require, risk })).toMatchObject({ decision: 'allow' })
  })

  it('denies a loss before the edge has applied it, and allows by a late edge a fresh request', async () => {
    const old = await mint(stack, 'alice')
    line.hold()
    const lost = await sourceOf(stack, 'hr').send({
      op: 'remove',
      subject: 'alice',
      claim: 'groups',
      value: 'b',
    })
    await recorded(stack, lost)
    const byItself = await edge.decide({ token: old, require })
    expect(byItself.verdicts.get('groups')?.kind).not.toBe('stale')
    const decided = await edge.decide({ token: old, require, risk })
    expect(decided).toMatchObject({ decision: 'deny', status: 401, code: 'token.stale' })
    expect(decided.verdicts.get('groups')).toMatchObject({ kind: 'stale', change: lost })

    const renewed = await mint(stack, 'alice')
    await until('the edge out of lease', OUT_OF_LEASE_WITHIN_MS, async () => {
      const { status } = await edge.decide({ token: renewed, require })
      return status === 503 ? true : undefined
    })
    const allowed = { decision: 'allow', validated: true }
    expect(await edge.decide({ token: renewed, require, risk })).toMatchObject(allowed)
    line.letGo()
    await until('the edge back', BACK_WITHIN_MS, async () => {
      const { decision } = await edge.decide({ token: renewed, require })
      return decision === 'allow' ? true : undefined
    })
  })

  it('reports what a late edge let in meanwhile, and that edges in time let nothing in', async () => {
    const hr = sourceOf(stack, 'hr')
    const set = { op: 'set', subject: 'ivan', claim: 'groups', value: ['a', 'b'] }
    await recorded(stack, await hr.send(set))
    const token = await mint(stack, 'ivan')
    const open = kafkaRevocations({ brokers: stack.at.brokers })
    const own = gatedFeed(open)
    const late = await createEdge({
      issuer: stack.at.authority,
      audience: AUDIENCE,
      edgeId: 'late',
      revocations: { ...own.feed, ...(open.reports && { reports: open.reports }) },
    })
    const letIn = async (): Promise<boolean> => {
      const { decision } = await late.decide({ token, require, name: 'GET /late' })
      return decision === 'allow'
    }
    try {
      await late.ready()
      await until('the late edge knows the clock', BACK_WITHIN_MS, async () => {
        const { items } = await askConsole<EdgesAnswer>(stack, '/v1/edges')
        const errorMs = items.find((each) => each.edge === 'late')?.clock?.errorMs ?? Infinity
        // The edge's clock dates the requests that it allows while it receives nothing.
        return errorMs < HELD_MS / 2 ? errorMs : undefined
      })
      for (const sidecar of SIDECARS) await expectAllowed(stack, { token, require }, sidecar)
      expect([await letIn(), await letIn(), await letIn()]).toEqual([true, true, true])
      const lost = await hr.event({ op: 'remove', subject: 'ivan', claim: 'groups', value: 'b' })
      own.hold()
      expect(await hr.post(lost)).toMatchObject({ status: 202 })
      const heldUntilMs = performance.now() + HELD_MS
      let since = 0
      await until('requests while it is held', BACK_WITHIN_MS, async () => {
        if (await letIn()) since += 1
        return performance.now() > heldUntilMs && since > 0 ? true : undefined
      })
      own.letGo()
      await until('the late edge refuses', BACK_WITHIN_MS, async () => {
        if (!(await letIn())) return true
        since += 1
        return undefined
      })
      const exposed = await until('every edge has told', BACK_WITHIN_MS, async () => {
        const { exposure } = await recorded(stack, lost.id)
        return exposure?.isLowerBound === false ? exposure : undefined
      })
      expect(exposed.value).toMatchObject({
        requests: since,
        byEdge: [{ edge: 'late', route: 'GET /late', requests: since }],
        notKnown: [],
      })
      expect(exposed.value.errorMs).toBeLessThan(HELD_MS)
    } finally {
      own.letGo()
      await late.close()
    }
    const used = await until('what it used is told', BACK_WITHIN_MS, async () => {
      const { items } = await askConsole<UsageAnswer>(stack, '/v1/registry/usage?days=1')
      const payments = items.find((each) => each.audience === AUDIENCE)
      return payments?.routes.find(({ route }) => route === 'GET /late')
    })
    expect(used.value).toMatchObject({ claim: 'groups' })
    expect(used.value.needed).toBe(used.value.decisions)
  })

  it('denies where the authority has read less than who asks', async () => {
    const token = await mint(stack, 'alice')
    const partition = partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub: 'alice' })
    const { e = 0n } = edge.stats().partitions.find((each) => each.partition === partition) ?? {}
    const answerTo = (offset: bigint) => {
      const positions = [{ partition, e, offset }]
      const question = {
        token,
        subject: 'alice',
        audience: AUDIENCE,
        claims: ['groups'],
        positions,
      }
      return validator().validate(question, AbortSignal.timeout(5_000))
    }
    const expected = { tenant: DEV_TENANT, jti: jtiOf(token), isKnown: true }
    expect(await answerTo(0n)).toEqual({
      ...expected,
      verdicts: new Map([['groups', { kind: 'fresh' }]]),
    })
    const behind = { kind: 'unverified', source: 'freshet', reason: 'authority-behind' }
    expect(await answerTo(10n ** 12n)).toEqual({
      ...expected,
      verdicts: new Map([['groups', behind]]),
    })
  })

  it('denies while the authority is gone, and allows when it is back', async () => {
    const token = await mint(stack, 'alice')
    expect(await ask(token)).toMatchObject({ decision: 'allow' })
    const authority = processOf(stack, 'authority')
    await authority.stop('SIGKILL')
    try {
      expect(await ask(token)).toMatchObject({ decision: 'deny', status: 503 })
      await expectAllowed(stack, { token, require })
    } finally {
      await authority.start()
    }
    await until('the authority back', BACK_WITHIN_MS, async () =>
      (await ask(token)).decision === 'allow' ? true : undefined,
    )
  })

  it('is in the audit with the mint before it; the chain verifies until a row is edited (S20)', async () => {
    const token = await mint(stack, 'alice')
    const jti = jtiOf(token)
    expect(await ask(token)).toMatchObject({ decision: 'allow' })
    await using cli = await auditCli(stack)
    const entries = await until('both entries sealed', BACK_WITHIN_MS, async () => {
      const { items } = await cli.json('audit', 'ls', '--ref', jti)
      return items.length === 2 ? items : undefined
    })
    expect(entries.value.map(({ kind }) => kind)).toEqual(['access-decided', 'token-issued'])
    const issued = entries.value[1]?.n ?? ''
    await until('a head over them', BACK_WITHIN_MS, async () => {
      const { streams } = await cli.json('audit', 'verify')
      expect(streams.map(({ firstBad }) => firstBad)).toEqual([null, null])
      return Number(streams[1]?.head?.n ?? 0) >= Number(issued) ? true : undefined
    })

    const { items: held } = await cli.json('token', 'ls', '--claim', 'groups', '--value', 'a')
    expect(held.map((each) => each.jti)).toContain(jti)
    const { issuance } = await cli.json('token', 'explain', jti)
    const carried = { claim: 'groups', source: 'hr', values: ['a'] }
    expect(issuance?.claims).toContainEqual(expect.objectContaining(carried))

    await cli.edit(issued)
    const { code, out } = await cli.freshet('audit', 'verify', '-o', 'json')
    expect(code).toBe(11)
    const bad = { what: 'altered', n: issued, to: issued }
    expect(JSON.parse(out)).toMatchObject({ streams: [{ firstBad: null }, { firstBad: bad }] })
  })
})
