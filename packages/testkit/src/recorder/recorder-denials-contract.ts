import { OWN_SOURCE, type Deny } from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

/** Checks the recorder's state of a denial, so that it ends no sooner than its tokens (rule 25). */
export function registerRecorderDenials(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let at: RecorderFixture
  const denied = (id: string, n: number, more: Partial<Deny> = {}): Deny => {
    const origin = { ...hrOrigin(id, n), source: 'security' }
    return { ...origin, kind: 'deny', scope: 'token', target: 'j1', ...more }
  }
  const revoked = (id: string, n: number, expMs: number): Deny =>
    denied(id, n, { source: OWN_SOURCE, expMs })
  const quarantined = async (): Promise<number> =>
    (await at.under.outbox()).filter((row) => row.startsWith('freshet.quarantine')).length

  describe(`recorder: ${name}: denials`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('the clock of the reconciler dates a denial, and a repeated one counts from the last time', async () => {
      at.topic.put(denied('d1', 1))
      await at.record(0)
      const firstMs = at.clock.nowMs()
      expect(await at.under.denials()).toEqual([`token j1 ${firstMs} open d1`])
      await at.clock.advance(60_000)
      at.topic.put(denied('d2', 2))
      await at.record(0)
      expect(await at.under.denials()).toEqual([`token j1 ${firstMs + 60_000} open d1`])
    })

    test('only the product itself states the end of a token', async () => {
      at.topic.put(revoked('d1', 1, 5_000))
      at.topic.put(denied('d2', 2, { target: 'j2', expMs: 5_000 }))
      await at.record(0)
      const nowMs = at.clock.nowMs()
      expect(await at.under.denials()).toEqual([
        `token j1 ${nowMs} 5000 d1`,
        `token j2 ${nowMs} open d2`,
      ])
    })

    test.each([
      ['in one batch', false],
      ['in two batches', true],
    ])('the denial of a token that ends last counts, %s', async (_, apart) => {
      const changes = [revoked('d1', 1, 5_000), revoked('d2', 2, 9_000), revoked('d3', 3, 7_000)]
      for (const change of changes) {
        at.topic.put(change)
        if (apart) await at.record(0)
      }
      await at.record(0)
      const nowMs = at.clock.nowMs()
      expect(await at.under.denials()).toEqual([`token j1 ${nowMs} 9000 d2`])
      for (const change of [denied('d4', 4), revoked('d5', 5, 90_000)]) {
        at.topic.put(change)
        if (apart) await at.record(0)
      }
      await at.record(0)
      expect(await at.under.denials()).toEqual([`token j1 ${nowMs} open d4`])
    })

    test('an own statement that was stamped a second time is a repeat and no conflict', async () => {
      at.topic.put(revoked('d1', 1, 5_000))
      at.topic.put(revoked('d1', 2, 5_000))
      await at.record(0)
      expect(await at.under.denials()).toHaveLength(1)
      expect(await quarantined()).toBe(0)
    })

    test('control: the same of another source is a conflict', async () => {
      at.topic.put(denied('d1', 1))
      at.topic.put(denied('d1', 2))
      await at.record(0)
      expect(await quarantined()).toBe(1)
    })
  })
}
