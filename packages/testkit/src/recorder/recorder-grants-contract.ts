import { CONTROL_PARTITION, OWN_SOURCE, PARTITIONS, type Open } from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
const registry = acmeRegistry({
  breakGlassMaxMs: 3_600_000,
  audiences: new Map([['payments', payments]]),
})
const order = { by: 'ann', reason: 'HR is down' }
const own = (id: string, n: number) => ({ ...hrOrigin(id, n), source: OWN_SOURCE })

function open(id: string, n: number): Open {
  const what = { audience: 'payments', route: 'POST /approve', claim: 'groups' }
  const origin = own(id, n)
  return { ...origin, kind: 'open', ...what, ...order, untilMs: origin.occurredAtMs + 60_000 }
}

/**
 * Checks that break-glass grants are stored with the position of the control partition, and continue over
 * batches.
 */
export function registerRecorderGrants(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: break-glass grants`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })
    const record = () => at.record(CONTROL_PARTITION, { ...at.context, registryOf: () => registry })
    const held = async () => (await at.under.store.progress(CONTROL_PARTITION)).grants

    test('are held with who, why and until when, and stay through other batches', async () => {
      expect(await held()).toEqual([])
      at.topic.put(open('o1', 1))
      await record()
      const {
        kind: _,
        sourceVersion: _v,
        source: _s,
        occurredAtMs: fromMs,
        ...stated
      } = open('o1', 1)
      expect(await held()).toEqual([{ ...stated, fromMs }])
      at.topic.put({ ...own('d1', 2), kind: 'deny', scope: 'token', target: 'j1' })
      await record()
      expect(await held()).toHaveLength(1)
    })

    test('end when they are closed, and the audit has the grant, its closing and its end', async () => {
      at.topic.put(open('o1', 1))
      at.topic.put(open('o2', 2))
      await record()
      at.topic.put({ ...own('c1', 3), kind: 'close', opening: 'o1', ...order })
      await record()
      expect((await held()).map(({ id }) => id)).toEqual(['o2'])
      expect((await at.under.audited()).slice(PARTITIONS.length)).toEqual([
        'opening-applied o1 freshet',
        'opening-applied o2 freshet',
        'opening-applied c1 freshet',
      ])
    })

    test('end with the activation of a version that does not allow them', async () => {
      at.topic.put(open('o1', 1))
      await record()
      at.topic.activate(2)
      const stricter = { ...registry, version: 2, audiences: new Map() }
      await at.record(CONTROL_PARTITION, {
        ...at.context,
        registryOf: (pv) => (pv === 2 ? stricter : registry),
      })
      expect(await held()).toEqual([])
    })

    test('control: stay with the activation of a version that allows them', async () => {
      at.topic.put(open('o1', 1))
      at.topic.activate(2)
      await record()
      expect(await held()).toHaveLength(1)
    })

    test('are not opened again by reading again (S12)', async () => {
      at.topic.put(open('o1', 1))
      at.topic.put({ ...own('c1', 2), kind: 'close', opening: 'o1', ...order })
      await record()
      await at.under.setProgress({ nextOffset: 0n })
      await record()
      expect(await held()).toEqual([])
    })
  })
}
