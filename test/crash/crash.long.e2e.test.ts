import { partitionOf } from '@freshet/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { check, type CheckAnswer } from '../e2e/edge.ts'
import { sourceOf, type TestEvent, type TestSource } from '../e2e/source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { groupsOf, jtiOf, mint } from '../e2e/token.ts'
import { crashing, type CrashingService } from './crash.ts'
import { inspect, type Inspector, type Traces } from './traces.ts'

const CRASH_TEST_MS = 90_000
const FRESH_WITHIN_MS = 20_000
const require = { groups: ['b'] }

/** Every point of the gateway's path, in its order. */
const ofGateway: readonly (readonly [string, string])[] = [
  ['before the commit of the stamp', 'before:commit:intake-insert-stamps'],
  ['after the commit of the stamp, before the send', 'after:commit:intake-insert-stamps'],
  ['after the broker’s acknowledgement, before it is noted', 'after:produce:freshet.changes.v1'],
  ['after it is noted, before the answer', 'after:statement:intake-acknowledge-stamps'],
]

/** Every point of the reconciler's path, in its order, and the minimum number of sends of the revocation. */
const ofReconciler: readonly (readonly [string, string, number])[] = [
  ['before the commit of the record', 'before:commit:recorder-upsert-changes', 1],
  ['after the commit of the record', 'after:commit:recorder-upsert-changes', 1],
  ['before the send of the revocation', 'before:produce:freshet.revocations.v1', 1],
  ['after its acknowledgement, before the read-back', 'after:produce:freshet.revocations.v1', 2],
  ['after the read-back, before the head is stored', 'before:store:publisher-store-heads', 2],
  ['before the commit of head and outbox', 'before:commit:publisher-store-heads', 2],
  ['after the commit of head and outbox', 'after:commit:publisher-store-heads', 1],
]

describe.runIf(canRun)('kill -9: nothing is lost, nothing happens twice', () => {
  let stack: TestStack
  let hr: TestSource
  let inspector: Inspector
  let gateway: CrashingService
  let reconciler: CrashingService
  beforeAll(async () => {
    stack = await startTestStack()
    hr = sourceOf(stack, 'hr')
    inspector = inspect(stack)
    gateway = await crashing(stack, 'gateway')
    reconciler = await crashing(stack, 'reconciler')
  })
  afterAll(async () => {
    await inspector.close()
    await Promise.all([gateway.stop(), reconciler.stop()])
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  const atBoth = (token: string): Promise<readonly CheckAnswer[]> =>
    Promise.all(SIDECARS.map((edge) => check(stack, { token, require }, edge)))
  const untilAllowed = (token: string) =>
    until('allowed everywhere', FRESH_WITHIN_MS, async () =>
      (await atBoth(token)).every(({ decision }) => decision === 'allow') ? true : undefined,
    )

  /** Prepares a subject with a and b, a token that every edge allows, and the event that removes b. */
  async function prepare(subject: string): Promise<{ token: string; removal: TestEvent }> {
    const claim = 'groups'
    const groups = await hr.send({ op: 'set', subject, claim, value: ['a', 'b'] })
    const entitlements = { claim: 'entitlements', value: ['invoices:read'] }
    const iga = await sourceOf(stack, 'iga').send({ op: 'set', subject, ...entitlements })
    await Promise.all([recorded(stack, groups), recorded(stack, iga)])
    const token = await mint(stack, subject)
    await untilAllowed(token)
    return { token, removal: await hr.event({ op: 'remove', subject, claim, value: 'b' }) }
  }

  /**
   * Expects one record in every place where it could be lost or doubled; a record that is sent again has no
   * effect.
   */
  async function expectOnce(subject: string, token: string, id: string): Promise<Traces> {
    const { position } = await applied(stack, id)
    const partition = partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub: subject })
    for (const answer of await atBoth(token)) {
      const groups = { verdict: 'stale', reason: 'claim-changed', change: id }
      expect(answer).toMatchObject({ decision: 'deny', claims: { groups } })
    }
    const offset = BigInt(position.offset)
    await expect
      .poll(() => inspector.traces(id, partition))
      .toMatchObject({
        logged: [{ outcome: 'applied', tokens_marked: 1, log_offset: offset }],
        watermarks: [{ position: offset + 1n }],
        staleTokens: [{ jti: jtiOf(token) }],
        unpublished: 0,
        marksToMake: 0,
      })
    for (const { count, highest, acknowledged } of await inspector.stamps()) {
      expect([count, acknowledged]).toEqual([highest, highest])
    }
    await expect.poll(() => inspector.gaps()).toEqual([])
    const renewed = await mint(stack, subject)
    expect(groupsOf(renewed)).toEqual(['a'])
    return inspector.traces(id, partition)
  }

  it.each(ofGateway)(
    'rule 34: the gateway killed %s',
    async (_, at) => {
      const subject = `gateway ${at}`
      const { token, removal } = await prepare(subject)
      let cut: unknown
      const ended = await gateway.crashAt(at, removal.id, {
        async provoke() {
          cut = await hr.post(removal).catch((error: unknown) => error)
        },
      })
      expect(ended).toBe('SIGKILL')
      expect(cut).toBeInstanceOf(TypeError)
      // A stamped event is appended by the sweeper without the source; an event without a stamp is sent
      // again.
      if (at.startsWith('before:commit')) expect((await hr.post(removal)).status).toBe(202)
      const { position } = await recorded(stack, removal.id)
      const { partition, offset } = position
      const retried = { status: 202, body: { id: removal.id, partition, offset } }
      expect(await hr.post(removal)).toEqual(retried)
      await expectOnce(subject, token, removal.id)
    },
    CRASH_TEST_MS,
  )

  it.each(ofReconciler)(
    'rules 2 and 42: the reconciler killed %s',
    async (_, at, sent) => {
      const subject = `reconciler ${at}`
      const { token, removal } = await prepare(subject)
      const ended = await reconciler.crashAt(at, removal.id, {
        async provoke() {
          expect((await hr.post(removal)).status).toBe(202)
        },
      })
      expect(ended).toBe('SIGKILL')
      const { revocationRecords } = await expectOnce(subject, token, removal.id)
      expect(revocationRecords).toBeGreaterThanOrEqual(sent)
    },
    CRASH_TEST_MS,
  )

  it(
    'control: a record that was committed without what it publishes would be seen here',
    async () => {
      const { token, removal } = await prepare('control')
      await reconciler.crashAt('before:produce:freshet.revocations.v1', removal.id, {
        provoke: async () => void (await hr.post(removal)),
        whileDown: () => inspector.loseOutbox(removal.id),
      })
      // A later change in the same partition: everything that was published before it has been applied.
      const iga = sourceOf(stack, 'iga')
      await applied(
        stack,
        await iga.send({ op: 'clear', subject: 'control', claim: 'entitlements' }),
      )
      const lost = await recorded(stack, removal.id)
      expect(lost).toMatchObject({ state: 'pending', revocation: null })
      // Waits, because while the reconciler was down, the leases of the sources can have expired at the
      // edges.
      await untilAllowed(token)
    },
    CRASH_TEST_MS,
  )
})
