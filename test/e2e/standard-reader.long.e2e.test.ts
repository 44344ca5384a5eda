import { partitionOf, subjectKey } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { printTopic, type PrintedRecord } from './kafka-tool.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'
import { applied, recorded } from './timeline.ts'
import { mint } from './token.ts'

const REVOCATION = 'dev.freshet.revocation.v1'
const CHECKPOINT = 'dev.freshet.checkpoint.v1'
const CLAIM_MAP = 'dev.freshet.claim-map.v1'
const CLAIMS_CHANGE = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'
const ACCOUNT_DISABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled'
const alice = { tenant: DEV_TENANT, iss: DEV_IDP, sub: 'alice' }

describe.runIf(canRun)('a reader that knows Kafka and CAEP alone', () => {
  let stack: TestStack
  let ids: { readonly removal: string; readonly department: string; readonly disabled: string }
  let printed: readonly PrintedRecord[]
  beforeAll(async () => {
    stack = await startTestStack()
    const hr = sourceOf(stack, 'hr')
    const subject = 'alice'
    const groups = { subject, claim: 'groups' }
    const department = { subject, claim: 'department' }
    await recorded(stack, await hr.send({ op: 'set', ...groups, value: ['a', 'b'] }))
    await recorded(stack, await hr.send({ op: 'set', ...department, value: 'sales' }))
    await mint(stack, subject, 'directory')
    ids = {
      removal: await hr.send({ op: 'remove', ...groups, value: ['b'] }),
      department: await hr.send({ op: 'set', ...department, value: 'support' }),
      disabled: await hr.send({ op: 'disabled', subject }),
    }
    for (const id of Object.values(ids)) await applied(stack, id)
    await processOf(stack, 'reconciler').stop()
    printed = await printTopic(stack, REVOCATIONS_TOPIC)
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  const revocationOf = (
    change: string,
  ): { record: PrintedRecord; set: Record<string, unknown> } => {
    const found = printed
      .filter(({ headers }) => headers['ce_type'] === REVOCATION)
      .map((record) => ({ record, set: JSON.parse(record.value) as Record<string, unknown> }))
      .filter(({ set }) => set['txn'] === change)
    const [only, ...others] = found
    if (only === undefined || others.length > 0) throw new Error(`${found.length} of ${change}`)
    return only
  }
  const eventsOf = (change: string): Record<string, unknown> =>
    revocationOf(change).set['events'] as Record<string, unknown>

  it('is shown CloudEvents of the three documented types, each with the documented headers', () => {
    const types = new Set(printed.map(({ headers }) => headers['ce_type']))
    expect(types).toEqual(new Set([REVOCATION, CHECKPOINT, CLAIM_MAP]))
    for (const { headers } of printed) {
      expect(headers).toMatchObject({ ce_specversion: '1.0', 'content-type': 'application/json' })
      expect(headers['ce_id']).toBeTruthy()
      expect(headers['ce_source']).toBeTruthy()
    }
    const { headers } = revocationOf(ids.removal).record
    expect(headers['ce_source']).toBe(stack.at.authority)
    expect(Date.parse(headers['ce_time'] ?? '')).toBeGreaterThan(0)
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
  })

  it('finds a subject’s revocations under its key, in its partition, and account events in partition 0', () => {
    const { record } = revocationOf(ids.removal)
    expect(record).toMatchObject({ key: subjectKey(alice), partition: partitionOf(alice) })
    expect(revocationOf(ids.disabled).record).toMatchObject({
      key: subjectKey(alice),
      partition: 0,
    })
  })

  it('reads each revocation as the claims of a SET with exactly one CAEP or RISC event', () => {
    const revocations = printed.filter(({ headers }) => headers['ce_type'] === REVOCATION)
    expect(revocations.length).toBeGreaterThanOrEqual(3)
    for (const { value, headers } of revocations) {
      const set = JSON.parse(value) as Record<string, unknown>
      expect(set).toMatchObject({
        iss: stack.at.authority,
        jti: headers['ce_id'],
        iat: expect.any(Number),
        txn: expect.any(String),
        sub_id: { format: 'iss_sub', iss: DEV_IDP },
      })
      expect(set).not.toHaveProperty('sub')
      expect(set).not.toHaveProperty('exp')
      const events = Object.entries(set['events'] as Record<string, unknown>)
      expect(events).toHaveLength(1)
      expect(events[0]?.[1]).toMatchObject({ event_timestamp: expect.any(Number) })
    }
  })

  it('learns what changed, and the value only where the registry publishes it', () => {
    expect(eventsOf(ids.removal)).toMatchObject({ [CLAIMS_CHANGE]: { claims: { groups: null } } })
    expect(eventsOf(ids.department)).toMatchObject({
      [CLAIMS_CHANGE]: { claims: { department: ['support'] } },
    })
    expect(Object.keys(eventsOf(ids.disabled))).toEqual([ACCOUNT_DISABLED])
  })
})
