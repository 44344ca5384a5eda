import { liveRowsOf } from '../publisher/live-rows.ts'
import { partitionOf, type AppliedRevocation, type Registry } from '@freshet/protocol'
import { decodeApplied } from '@freshet/wire'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { foreignIssuer } from '../issuances/foreign-issuer.ts'
import { activatedFixture, recorderFixture, type RecorderFixture } from './recorder-fixture.ts'
import { ACME_HASH, AMY, groupsChange, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)
const withIssuer = acmeRegistry({ issuers: new Map([['sts', foreignIssuer()]]) })

/**
 * Checks the times of changes, for tokens that are judged by them (rule 8): stored, published, and published
 * again.
 */
export function registerRecorderTimes(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  const record = async (registry: Registry): Promise<void> => {
    const registryOf = (_pv: number, hash: string): Registry | undefined =>
      hash === ACME_HASH ? registry : undefined
    await at.record(P, { ...at.context, registryOf })
  }
  /** The rows of Amy that a publisher that starts anew would send: positions and times of her groups. */
  const publishedAnew = async (): Promise<{ offsets: bigint[]; latestMs: number }> => {
    await at.under.publisher.take(P, 'test')
    const rows = await liveRowsOf(at.under.publisher, P)
    const revocations = rows.map((row) => decodeApplied({ ...row.record, partition: P }))
    const ofAmy = revocations.filter(isOfSubject).filter(({ subject }) => subject.sub === AMY.sub)
    return {
      offsets: ofAmy.flatMap(({ claims }) => claims.get('groups')?.offset ?? []),
      latestMs: Math.max(0, ...ofAmy.map(({ timesMs }) => timesMs?.get('groups') ?? 0)),
    }
  }
  const waiting = async (): Promise<readonly string[]> =>
    (await at.under.outbox()).filter((row) => row.includes(` ${P} `))
  const put = (id: string, op: 'set' | 'remove' | 'add', values: string[], n: number): number => {
    const change = groupsChange(id, AMY, { op, values, n })
    at.topic.put(change)
    return Math.max(change.occurredAtMs, at.clock.nowMs())
  }

  describe(`recorder: ${name}: times`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('a change that takes nothing from our copy is published by its time alone (rule 8)', async () => {
      const timeMs = put('a1', 'set', ['x'], 1)
      await record(withIssuer)
      expect(await waiting()).toEqual([`freshet.revocations.v1 ${P} a1`])
      expect(await publishedAnew()).toEqual({ offsets: [], latestMs: timeMs })
    })

    test('control: nothing of it is published if no issuer of such tokens is declared', async () => {
      put('a1', 'set', ['x'], 1)
      await record(acmeRegistry())
      expect(await waiting()).toEqual([])
    })

    test('nothing is published for a change that only gives', async () => {
      put('a1', 'add', ['x'], 1)
      await record(withIssuer)
      expect(await waiting()).toEqual([])
    })

    test.each([['in one batch'], ['in batches of their own']])(
      'position and time rise apart, and who starts anew learns both (rule 49): %s',
      async (how) => {
        const steps = async (): Promise<void> => {
          if (how !== 'in one batch') await record(withIssuer)
        }
        put('a1', 'set', ['x'], 1)
        await steps()
        put('a2', 'remove', ['x'], 2)
        await steps()
        await at.clock.advance(60_000)
        const latestMs = put('a3', 'set', ['y'], 3)
        await record(withIssuer)
        // Activation, set, remove: the removal is at 2, and a token with a label below 3 is stale.
        expect(await publishedAnew()).toEqual({ offsets: [3n], latestMs })
      },
    )

    test('a loss after a later time is published beside it', async () => {
      put('a1', 'set', ['x'], 1)
      const ahead = { ...groupsChange('a2', AMY, { op: 'set', values: ['x'], n: 2 }) }
      const latestMs = at.clock.nowMs() + 3_600_000
      at.topic.put({ ...ahead, occurredAtMs: latestMs })
      await record(withIssuer)
      put('a3', 'remove', ['x'], 3)
      await record(withIssuer)
      expect(await publishedAnew()).toEqual({ offsets: [4n], latestMs })
    })

    test('reading again changes nothing (S12)', async () => {
      put('a1', 'set', ['x'], 1)
      put('a2', 'remove', ['x'], 2)
      await record(withIssuer)
      const before = await publishedAnew()
      await at.under.setProgress({ nextOffset: 1n })
      await at.clock.advance(60_000)
      await record(withIssuer)
      expect(await publishedAnew()).toEqual(before)
    })

    test('an activation that declares issuers publishes since when their tokens count', async () => {
      at = await recorderFixture(make)
      at.topic.activate(1)
      await record(withIssuer)
      const sinceMs = at.clock.nowMs()
      const { policy } = await at.under.store.progress(P)
      expect(policy.foreignSinceMs).toBe(sinceMs)
      await at.under.publisher.take(P, 'test')
      expect(await at.under.publisher.snapshot(P)).toMatchObject({ foreignSinceMs: sinceMs })
      put('a1', 'set', ['x'], 1)
      await record(withIssuer)
      expect((await at.under.store.progress(P)).policy.foreignSinceMs).toBe(sinceMs)
    })
  })
}

type OfSubject = Extract<AppliedRevocation, { readonly scope: 'subject' }>

function isOfSubject(revocation: ReturnType<typeof decodeApplied>): revocation is OfSubject {
  return revocation?.scope === 'subject'
}
