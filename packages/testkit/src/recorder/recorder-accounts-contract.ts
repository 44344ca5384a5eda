import {
  ACCOUNT_CLAIM,
  CONTROL_PARTITION,
  NOTHING_NEEDED,
  partitionOf,
  statementState,
  subjectKey,
  UNTOUCHED_ACCOUNT,
  wholeIssuer,
  wholeTenant,
  type AccountOp,
  type AccountState,
  type Change,
  type Registry,
  type Subject,
} from '@freshet/protocol'
import { walkOnce, type RecordContext, type WalkLimits } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { ACME_IDP, acmeRegistry } from '../acme-registry.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import {
  AMY,
  BEN,
  groupsChange,
  hrOrigin,
  recordContext,
  type RecorderUnderTest,
} from './recorder-world.ts'

const P = partitionOf(AMY)
const CROWD: readonly Subject[] = Array.from({ length: 12 }, (_, n) => ({ ...AMY, sub: `p-${n}` }))
const SHORT: WalkLimits = { read: 5, take: 2 }
const WHOLE: WalkLimits = { read: 1_000, take: 1_000 }

const account = (subject: Subject, op: AccountOp, n: number, source = 'hr'): Change => ({
  ...hrOrigin(`${subject.sub}-${op}-${n}`, n),
  source,
  kind: 'account',
  subject,
  op,
})
const begin = (id: string, n: number, more: Partial<Change> = {}): Change =>
  ({ ...hrOrigin(id, n), kind: 'snapshot-begin', states: ['accounts'], ...more }) as Change
const end = (id: string, n: number, more: Partial<Change> = {}): Change =>
  ({ ...hrOrigin(id, n), kind: 'snapshot-end', ...more }) as Change

/** Checks snapshots of accounts, and what an activation does to accounts, claims and open snapshots. */
export function registerRecorderAccounts(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let at: RecorderFixture

  const omitted = (): Promise<number> =>
    at.under.view.omittedAccounts({ tenant: 'acme', source: 'hr' })
  const accountOf = async (subject: Subject): Promise<AccountState> => {
    const loaded = await at.under.store.inPartition(CONTROL_PARTITION, (tx) =>
      tx.load({ ...NOTHING_NEEDED, accounts: [subject] }),
    )
    return loaded.accounts.get(subjectKey(subject))?.state ?? UNTOUCHED_ACCOUNT
  }
  const statement = async (
    id: string,
    { partition, source }: { readonly partition: number; readonly source: string },
  ): Promise<string | undefined> => {
    const feeds = await at.under.view.feeds({ tenant: 'acme', source })
    const feed = feeds.find((each) => each.partition === partition)
    return feed && statementState(feed.statements, id)
  }
  const versions = (...later: readonly Partial<Registry>[]): RecordContext => {
    const all = [{}, ...later].map((more, n) => acmeRegistry({ version: n + 1, ...more }))
    const loaded = new Map(all.map((registry) => [registry.version, registry]))
    return recordContext(at.under.store, at.clock, loaded)
  }
  const recordAll = async (over: RecordContext): Promise<void> => {
    await at.record(CONTROL_PARTITION, over)
    await at.record(P, over)
  }
  const doubt = (whole: Subject, claim: string, partition: number, offset: number): string =>
    `doubt ${subjectKey(whole)} ${claim} 1 ${partition} ${offset}`

  describe(`recorder: ${name}: snapshots of accounts`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('a subject that a snapshot of accounts omits is in doubt, and the tokens of that account are stale', async () => {
      at.topic.put(account(AMY, 'enabled', 1))
      at.topic.put(account(BEN, 'enabled', 1))
      at.topic.put(begin('s1', 5))
      at.topic.put(account(AMY, 'enabled', 5))
      at.topic.put(account(BEN, 'enabled', 5))
      at.topic.put(end('s2', 5))
      await at.record(CONTROL_PARTITION)
      await at.token('of-ben', { subject: subjectKey(BEN), c: 8n })
      await at.token('of-amy', { c: 8n })
      at.topic.put(begin('s3', 8))
      at.topic.put(account(AMY, 'enabled', 8))
      at.topic.put(end('s4', 8))
      await at.record(CONTROL_PARTITION)
      expect(await accountOf(AMY)).toMatchObject({ state: 'enabled', source: 'hr' })
      expect(await accountOf(BEN)).toMatchObject({ state: 'unstated', source: 'hr' })
      expect(await omitted()).toBe(1)
      expect(await at.under.stale()).toEqual(['of-ben account s4'])
      at.topic.put(account(BEN, 'enabled', 9))
      await at.record(CONTROL_PARTITION)
      expect(await accountOf(BEN)).toMatchObject({ state: 'enabled' })
      expect(await omitted()).toBe(0)
    })

    test('control: a snapshot of claims leaves accounts as they are', async () => {
      at.topic.put(account(BEN, 'enabled', 1))
      at.topic.put(begin('s1', 5, { states: [] }))
      at.topic.put(end('s2', 5))
      await at.record(CONTROL_PARTITION)
      expect(await accountOf(BEN)).toMatchObject({ state: 'enabled' })
      expect(await at.under.outbox()).not.toContainEqual(expect.stringContaining('s2'))
    })

    test('the first one ends all tokens of the tenant: who it omits may be unknown here', async () => {
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 5))
      at.topic.put(begin('s3', 6))
      at.topic.put(end('s4', 6))
      await at.token('of-anybody')
      await at.record(CONTROL_PARTITION)
      expect(await at.under.stale()).toEqual(['of-anybody tenant-cut-off s2'])
      const rows = (await at.under.outbox()).filter((row) => row.includes('revocations'))
      expect(rows.filter((row) => /s[24]$/.test(row))).toHaveLength(1)
    })

    test('one that omits many is held, and changes nothing until it is confirmed', async () => {
      for (const subject of CROWD) at.topic.put(account(subject, 'enabled', 1))
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 5))
      await at.record(CONTROL_PARTITION)
      expect(await at.under.changes()).toContain('0 s2 quarantined 0')
      expect(await accountOf(CROWD[0] ?? AMY)).toMatchObject({ state: 'enabled' })
      at.topic.put(end('s3', 5, { confirmed: true }))
      await at.record(CONTROL_PARTITION)
      expect(await accountOf(CROWD[0] ?? AMY)).toMatchObject({ state: 'unstated' })
    })

    test('steps have the effect of one step (S13)', async () => {
      const result = async (walkLimits: WalkLimits): Promise<unknown> => {
        at = await activatedFixture(make)
        const over = { ...at.context, walkLimits }
        for (const subject of CROWD) at.topic.put(account(subject, 'enabled', 1))
        at.topic.put(account(BEN, 'disabled', 1))
        at.topic.put(begin('s1', 5))
        for (const subject of CROWD.slice(0, 3)) at.topic.put(account(subject, 'enabled', 5))
        at.topic.put(end('s2', 5, { confirmed: true }))
        at.topic.put(account(CROWD[9] ?? AMY, 'enabled', 7))
        await at.record(CONTROL_PARTITION, over)
        while (await walkOnce(over, CONTROL_PARTITION));
        const accounts = await Promise.all([BEN, ...CROWD].map(accountOf))
        return [accounts, [...(await at.under.outbox())].sort(), await at.under.changes()]
      }
      const whole = await result(WHOLE)
      expect(await result(SHORT)).toEqual(whole)
      expect(whole).toEqual(
        expect.arrayContaining([
          expect.arrayContaining([expect.objectContaining({ state: 'unstated' })]),
        ]),
      )
    })
  })

  describe(`recorder: ${name}: activations`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('accounts that move are in doubt until a snapshot of accounts of the new source (rule 32)', async () => {
      const over = versions({ account: 'iga' })
      at.topic.put(account(AMY, 'enabled', 900))
      at.topic.activate(2)
      await at.record(CONTROL_PARTITION, over)
      const raised = doubt(wholeTenant('acme'), ACCOUNT_CLAIM, CONTROL_PARTITION, 2)
      expect(await at.under.digest()).toContain(`${raised} raised`)
      expect(await at.under.store.progress(CONTROL_PARTITION)).toMatchObject({
        policy: { pv: 2, minimum: 2 },
      })
      at.topic.put(begin('c1', 1, { source: 'iga', states: [] }))
      at.topic.put(end('c2', 1, { source: 'iga' }))
      await at.record(CONTROL_PARTITION, over)
      expect(await at.under.digest()).toContain(`${raised} raised`)
      at.topic.put(begin('s1', 2, { source: 'iga' }))
      at.topic.put(account(AMY, 'disabled', 2, 'iga'))
      at.topic.put(end('s2', 2, { source: 'iga' }))
      await at.record(CONTROL_PARTITION, over)
      expect(await at.under.digest()).toContain(`${raised} settled`)
      expect(await accountOf(AMY)).toMatchObject({ state: 'disabled', source: 'iga' })
    })

    test('a snapshot that is open when its source gets a claim or the accounts ends nothing', async () => {
      const claims = new Map(acmeRegistry().claims)
      const groups = claims.get('groups')
      if (groups) claims.set('groups', { ...groups, source: 'iga' })
      const over = versions({ account: 'iga', claims })
      at.topic.put(begin('s1', 1, { source: 'iga' }))
      at.topic.activate(2)
      at.topic.put(end('s2', 1, { source: 'iga' }))
      await recordAll(over)
      for (const [partition, claim] of [
        [CONTROL_PARTITION, ACCOUNT_CLAIM],
        [P, 'groups'],
      ] as const) {
        const raised = doubt(wholeTenant('acme'), claim, partition, 2)
        expect(await at.under.digest()).toContain(`${raised} raised`)
        expect(await at.under.changes()).toContain(`${partition} s2 quarantined 0`)
        expect(await statement('s1', { partition, source: 'iga' })).toBe('void')
      }
    })

    test('a snapshot of a state from before its source got the accounts does not begin', async () => {
      const over = versions({ account: 'iga' })
      const activated = at.clock.nowMs()
      at.topic.activate(2)
      const older = { source: 'iga', occurredAtMs: activated }
      at.topic.put(begin('s1', 1, older))
      at.topic.put(account(AMY, 'enabled', 1, 'iga'))
      at.topic.put(end('s2', 1, { source: 'iga' }))
      await recordAll(over)
      const raised = doubt(wholeTenant('acme'), ACCOUNT_CLAIM, CONTROL_PARTITION, 1)
      expect(await at.under.digest()).toContain(`${raised} raised`)
      const place = { partition: CONTROL_PARTITION, source: 'iga' }
      expect(await statement('s1', place)).toBe('void')
      expect(await at.under.changes()).toContain('0 s1 quarantined 0')
      at.topic.put(begin('s3', 2, { ...older, occurredAtMs: activated + 1 }))
      at.topic.put(account(AMY, 'enabled', 2, 'iga'))
      at.topic.put(end('s4', 2, { source: 'iga' }))
      await recordAll(over)
      expect(await statement('s3', place)).toBe('ended')
      expect(await at.under.digest()).toContain(`${raised} settled`)
    })

    test('control: one of an older state begins where the activation gave its source nothing', async () => {
      const over = versions({})
      at.topic.activate(2)
      at.topic.put(begin('s1', 1, { source: 'iga', occurredAtMs: at.clock.nowMs() }))
      at.topic.put(end('s2', 1, { source: 'iga' }))
      await recordAll(over)
      expect(await statement('s1', { partition: P, source: 'iga' })).toBe('ended')
    })

    test('control: one that is open goes on when its source gets nothing', async () => {
      const over = versions({})
      at.topic.put(begin('s1', 1, { source: 'iga' }))
      at.topic.activate(2)
      at.topic.put(end('s2', 1, { source: 'iga' }))
      await recordAll(over)
      expect(await statement('s1', { partition: P, source: 'iga' })).toBe('ended')
    })

    test('an identity provider that comes back has its claims and accounts in doubt', async () => {
      const acme = acmeRegistry().tenants.get('acme')
      const other = { issuer: 'https://other.example', keys: 'keys/other.jwks.json' }
      const moved = new Map([['acme', { id: 'acme', ...acme, identityProviders: [other] }]])
      const back = [{ issuer: ACME_IDP, keys: 'keys/idp.jwks.json' }, other]
      const both = new Map([['acme', { id: 'acme', ...acme, identityProviders: back }]])
      const over = versions({ tenants: moved }, { tenants: both })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      await recordAll(over)
      at.topic.activate(2)
      at.topic.activate(3)
      await recordAll(over)
      const whole = wholeIssuer(AMY)
      const raised = doubt(whole, 'groups', P, 3)
      expect(await at.under.digest()).toContain(`${raised} raised`)
      expect(await at.under.digest()).toContain(
        `${doubt(whole, ACCOUNT_CLAIM, CONTROL_PARTITION, 2)} raised`,
      )
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 5))
      await recordAll(over)
      expect(await at.under.digest()).toContain(`${raised} settled`)
    })

    test('control: one that is new, and of which nothing is stored, is not in doubt', async () => {
      const acme = acmeRegistry().tenants.get('acme')
      const providers = [
        ...(acme?.identityProviders ?? []),
        { issuer: 'https://new.example', keys: 'k' },
      ]
      const over = versions({
        tenants: new Map([['acme', { id: 'acme', ...acme, identityProviders: providers }]]),
      })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.activate(2)
      await recordAll(over)
      expect(await at.under.digest()).not.toContainEqual(expect.stringMatching(/^doubt .* raised$/))
    })
  })
}
