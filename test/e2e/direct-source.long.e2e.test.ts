import { PARTITIONS, partitionOf, type Subject } from '@freshet/protocol'
import { readSourceKey, sourceAssertion } from '@freshet/source'
import {
  CHANGES_TOPIC,
  encodeChange,
  encodeHeartbeats,
  generateKey,
  importSigningKey,
  parseChangeEvent,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
  signRecord,
  stampRecord,
  type OutgoingRecord,
} from '@freshet/wire'
import type { DirectSource } from '@freshet/intake'
import type { Kafka } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import {
  header,
  kafkaOf,
  leaveGateway,
  recordAt,
  recordsOf,
  signingKeyOf,
  type Place,
} from './direct-world.ts'
import { check, type CheckAnswer } from './edge.ts'
import { tokenService, type TokenService } from './foreign.ts'
import { checkpointKeysOf, checkpointOf, forgedRevocation } from './forgery.ts'
import { sourceOf, type TestChange, type TestSource } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { applied, recorded, timelineOf } from './timeline.ts'
import { groupsOf, mint } from './token.ts'

const SOON_MS = 20_000
const require = { groups: ['a'] }
const subjectOf = (sub: string): Subject => ({ tenant: DEV_TENANT, iss: DEV_IDP, sub })

describe.runIf(canRun)('write access to the topics proves nothing', () => {
  let stack: TestStack
  let kafka: Kafka
  let hr: TestSource
  let iga: TestSource
  let direct: DirectSource
  let token: string
  let sts: TokenService
  beforeAll(async () => {
    sts = await tokenService()
    stack = await startTestStack((registry) => {
      sts.declareIn(registry)
      registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
      registry.setIn(['sources', 'iga', 'lease'], '5s')
    })
    kafka = kafkaOf(stack)
    hr = sourceOf(stack, 'hr')
    iga = sourceOf(stack, 'iga')
    const subject = 'alice'
    const groups = { op: 'set', subject, claim: 'groups', value: ['a', 'b'] }
    const entitlements = { op: 'set', subject, claim: 'entitlements', value: ['read', 'pay'] }
    await recorded(stack, await hr.send(groups))
    await recorded(stack, await iga.send(entitlements))
    token = await mint(stack, subject)
    await processOf(stack, 'source:iga').stop()
    direct = await leaveGateway(stack, 'iga', kafka)
  })
  afterAll(async () => {
    await kafka.close()
    await stack.stop()
    await sts.close()
    expect(stack.deaths).toEqual([])
  })

  const atBoth = (question: Omit<Parameters<typeof check>[1], 'token'>) =>
    Promise.all(SIDECARS.map((edge) => check(stack, { token, ...question }, edge)))
  const heartbeat = (): Promise<void> => direct.heartbeat(DEV_TENANT, Date.now())
  const untilAllowed = (question: Omit<Parameters<typeof check>[1], 'token'>) =>
    until('allowed everywhere', SOON_MS, async () => {
      const answers = await atBoth(question)
      return answers.every(({ decision }) => decision === 'allow') ? answers : undefined
    })
  const append = async (partition: number, records: OutgoingRecord[]): Promise<Place> => {
    const { baseOffset } = await kafka.writer().append(CHANGES_TOPIC, partition, records)
    return { partition, offset: baseOffset }
  }
  /** Returns the quarantine's entry of the record at a place, once it is there. */
  const quarantined = async ({ partition, offset }: Place) => {
    const { value } = await until('quarantined', SOON_MS, async () =>
      (await recordsOf(kafka, QUARANTINE_TOPIC)).find(
        (record) =>
          header(record, 'freshet_partition') === String(partition) &&
          header(record, 'freshet_offset') === String(offset),
      ),
    )
    return value
  }
  const assertionOf = async (source: string): Promise<string> => {
    const file = stack.workspace.sources[source]?.keyFile ?? ''
    return sourceAssertion(await readSourceKey(source, file), stack.at.gateway)
  }
  const changeOf = async (source: TestSource, change: TestChange) =>
    parseChangeEvent(await source.event(change))

  it('a source that signs and writes to the topic itself keeps its claims fresh', async () => {
    const question = { require: { entitlements: ['pay'] } }
    await until('silent', SOON_MS, async () => {
      const answers = await atBoth(question)
      return answers.every(({ decision }) => decision === 'deny') ? true : undefined
    })
    await heartbeat()
    await untilAllowed(question)
  })

  it('a signed heartbeat from the future silences no source: the next right one counts (rule 16)', async () => {
    const question = { require: { entitlements: ['pay'] } }
    await heartbeat()
    await untilAllowed(question)
    const aheadMs = 1_800_000
    // The broker has the records, and the source gets the error.
    await expect(direct.heartbeat(DEV_TENANT, Date.now() + aheadMs)).rejects.toMatchObject({
      code: 'event.malformed',
    })
    const key = await signingKeyOf(stack, 'iga')
    for (const partition of PARTITIONS) {
      const last = new Map([[DEV_TENANT, 0n]])
      const many = encodeHeartbeats({ source: 'iga', throughMs: Date.now() + aheadMs, last })
      await append(partition, [await signRecord(many, { partition, number: 0n }, key)])
    }
    const noted = async (): Promise<readonly number[]> => {
      const url = `${stack.at.gateway}/v1/sources/iga?tenant=${DEV_TENANT}`
      const authorization = `Bearer ${await assertionOf('iga')}`
      const answer = await fetch(url, { headers: { authorization } })
      const { partitions } = (await answer.json()) as { partitions: { aheadMs?: number }[] }
      return partitions.flatMap(({ aheadMs: ms }) => (ms === undefined ? [] : [ms]))
    }
    await expect.poll(noted, { timeout: SOON_MS }).toHaveLength(PARTITIONS.length)
    for (const ms of await noted()) expect(Math.abs(ms - aheadMs)).toBeLessThan(60_000)
    await heartbeat()
    await untilAllowed(question)
    await expect.poll(noted, { timeout: SOON_MS }).toEqual([])
  })

  it('its change is recorded and applied like one that came over HTTP, and once when sent again', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const lost = { op: 'remove', subject: 'alice', claim: 'entitlements', value: 'pay' }
    const { change } = await changeOf(iga, lost)
    const [place] = await direct.send({ change, traceparent })
    const [again] = await direct.send({ change, traceparent })
    expect(again?.offset).toBeGreaterThan(place?.offset ?? 0n)
    await heartbeat()
    const timeline = await applied(stack, change.id)
    expect(timeline).toMatchObject({
      outcome: 'applied',
      tokensMarked: 1,
      traceparent,
      position: { partition: partitionOf(subjectOf('alice')), offset: String(place?.offset) },
    })
    const stale = { verdict: 'stale', reason: 'claim-changed', change: change.id }
    for (const answer of await atBoth({ require: { entitlements: ['pay'] } })) {
      expect(answer).toMatchObject({ decision: 'deny', claims: { entitlements: stale } })
    }
    for (const answer of await atBoth({ require })) {
      expect(answer).toMatchObject({ decision: 'allow', claims: { groups: { verdict: 'fresh' } } })
    }
  })

  it('a foreign token is refused by time, by a change that takes nothing from our copy (rule 8)', async () => {
    const ask = (jwt: string) =>
      Promise.all(SIDECARS.map((edge) => check(stack, { token: jwt, require }, edge)))
    const isFresh = ({ decision, claims }: CheckAnswer): boolean =>
      decision === 'allow' && claims['groups']?.basis === 'time'
    // Tokens that were issued up to the margin after the activation are stale, so a second token can be
    // necessary.
    const untilFresh = async () =>
      until('a foreign token that is fresh', SOON_MS, async () => {
        const minted = sts.mint('fiona', ['a'])
        return (await ask(minted.jwt)).every(isFresh) ? minted : undefined
      })
    const { value: foreign } = await untilFresh()
    const writer = kafka.writer()
    const stranger = await signingKeyOf(stack, 'iga')
    await sts.recordIssued(sts.mint('fiona', ['a']), writer, stranger)
    await sts.recordIssued(foreign, writer, await signingKeyOf(stack, 'hr'))
    const id = await hr.send({ op: 'remove', subject: 'fiona', claim: 'groups', value: ['zz'] })
    expect(await recorded(stack, id)).toMatchObject({ tightened: false })
    const stale = { verdict: 'stale', reason: 'claim-changed', change: id, basis: 'time' }
    await until('stale by time everywhere', SOON_MS, async () => {
      const answers = await ask(foreign.jwt)
      return answers.every(({ claims }) => claims['groups']?.verdict === 'stale') ? true : undefined
    })
    for (const answer of await ask(foreign.jwt))
      expect(answer).toMatchObject({ decision: 'deny', status: 401, claims: { groups: stale } })
    // Only one token is known, because a source that does not own its issuer signed the other record.
    await until('marked', SOON_MS, async () =>
      (await timelineOf(stack, id))?.tokensMarked === 1 ? true : undefined,
    )
    // Controls: a token that was issued later, and one of ours, whose label shows that it lost nothing.
    await untilFresh()
    for (const answer of await atBoth({ require })) expect(answer.decision).toBe('allow')
    const bound = sts.mint('fiona', ['a'], undefined, { cnf: { jkt: 'thumbprint' } })
    for (const answer of await ask(bound.jwt))
      expect(answer).toMatchObject({ decision: 'challenge', status: 401, code: 'token.unproven' })
    const [forged] = await ask(sts.mint('fiona', ['a'], stranger).jwt)
    expect(forged).toMatchObject({ status: 401, code: 'token.invalid' })
  })

  it('a forged change lands in quarantine with its reason and changes nothing', async () => {
    const partition = partitionOf(subjectOf('alice'))
    const stamp = { partition, number: 1_000n }
    const taken: TestChange = { op: 'remove', subject: 'alice', claim: 'groups', value: ['a'] }
    const forged = async () => {
      const envelope = await changeOf(hr, taken)
      return { id: envelope.change.id, record: encodeChange(envelope.change, {}) }
    }
    const hrKey = await signingKeyOf(stack, 'hr')
    const stranger = importSigningKey((await generateKey('ES256', hrKey.kid)).privateJwk)
    const unsigned = await forged()
    const wrongKey = await forged()
    const wrongMac = await forged()
    const moved = await forged()
    const other = partition === 1 ? 2 : 1
    const records = [
      unsigned.record,
      await signRecord(wrongKey.record, stamp, stranger),
      stampRecord(wrongMac.record, stamp, Buffer.alloc(32, 9)),
      await signRecord(moved.record, { ...stamp, partition: other }, hrKey),
      { key: null, value: Buffer.from('not a change'), headers: {} },
    ]
    for (const record of records) {
      const found = await quarantined(await append(partition, [record]))
      expect(header(found, 'freshet_code')).toBe('event.unauthentic')
      expect(header(found, 'freshet_rule')).toBeTruthy()
      expect(found.value).toEqual(record.value && Buffer.from(record.value))
    }
    for (const { id } of [unsigned, wrongKey, wrongMac, moved]) {
      expect(await timelineOf(stack, id)).toBeUndefined()
    }
    await heartbeat()
    for (const { decision } of (await untilAllowed({ require })).value) {
      expect(decision).toBe('allow')
    }
    expect(groupsOf(await mint(stack, 'alice'))).toEqual(['a', 'b'])
  })

  it('a source that sends another source’s claim is quarantined, and changes nothing', async () => {
    const foreign = { op: 'remove', subject: 'alice', claim: 'groups', value: ['a'] }
    const { change } = await changeOf(iga, foreign)
    const [place] = await direct.send({ change })
    const found = await quarantined(place ?? { partition: 0, offset: 0n })
    expect(header(found, 'freshet_code')).toBe('event.forbidden')
    const timeline = await recorded(stack, change.id)
    expect(timeline).toMatchObject({ outcome: 'quarantined', tightened: false, tokensMarked: 0 })
    // The record is authentic, so it counts: the feed has no gap and its heartbeat still renews the lease.
    await heartbeat()
    await untilAllowed({ require })
    expect(groupsOf(await mint(stack, 'alice'))).toEqual(['a', 'b'])
  })

  it('the trace of a source’s request continues in the revocation and in the console’s answer', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const ofBob = { subject: 'bob', claim: 'groups' }
    await recorded(stack, await hr.send({ op: 'set', ...ofBob, value: ['a', 'b'] }))
    const removal = await hr.event({ op: 'remove', ...ofBob, value: 'b' })
    const { body } = await hr.post(removal, { traceparent })
    const { partition, offset } = body as { partition: number; offset: string }
    const change = await recordAt(kafka, CHANGES_TOPIC, { partition, offset: BigInt(offset) })
    expect(header(change, 'traceparent')).toBe(traceparent)
    const timeline = await applied(stack, removal.id)
    expect(timeline.traceparent).toBe(traceparent)
    const published = { partition, offset: BigInt(timeline.revocation?.offset ?? '-1') }
    const revocation = await recordAt(kafka, REVOCATIONS_TOPIC, published)
    expect(header(revocation, 'ce_type')).toBe('dev.freshet.revocation.v1')
    expect(header(revocation, 'traceparent')).toBe(traceparent)
  })

  it('rule 45: forged records on the revocation topic, without or under a forged checkpoint, never apply', async () => {
    const partition = partitionOf(subjectOf('alice'))
    const [{ kid }] = await checkpointKeysOf(stack)
    const stranger = importSigningKey((await generateKey('EdDSA', kid)).privateJwk)
    const forged = [
      [partition, forgedRevocation(stack, 'subject')],
      [0, forgedRevocation(stack, 'tenant')],
    ] as const
    for (const [at, record] of forged) {
      const writer = kafka.writer()
      await writer.append(REVOCATIONS_TOPIC, at, [record])
      await writer.append(REVOCATIONS_TOPIC, at, [record, await checkpointOf(at, record, stranger)])
    }
    // Changes behind them in both partitions: their apply proves that the forged ones were passed over.
    const neighbour = neighbourOf('alice')
    const set = { op: 'set', subject: neighbour, claim: 'groups', value: ['x', 'y'] }
    await recorded(stack, await hr.send(set))
    const behind = { op: 'remove', subject: neighbour, claim: 'groups', value: 'x' }
    await applied(stack, await hr.send(behind))
    await applied(stack, await hr.send({ op: 'disabled', subject: neighbour }))
    const answers: readonly CheckAnswer[] = (await untilAllowed({ require })).value
    for (const { claims } of answers) expect(claims).toEqual({ groups: { verdict: 'fresh' } })
  })

  it('control: the same record under a checkpoint of the reconciler’s key would apply', async () => {
    const partition = partitionOf(subjectOf('alice'))
    const record = forgedRevocation(stack, 'subject')
    const [key] = await checkpointKeysOf(stack)
    const batch = [record, await checkpointOf(partition, record, key)]
    await kafka.writer().append(REVOCATIONS_TOPIC, partition, batch)
    const groups = { verdict: 'stale', reason: 'claim-changed', change: 'forged' }
    await expect
      .poll(() => atBoth({ require }), { timeout: SOON_MS })
      .toMatchObject([{ claims: { groups } }, { claims: { groups } }])
  })
})

/** Returns another subject of the same partition. */
function neighbourOf(sub: string): string {
  for (let at = 0; ; at++) {
    const other = `neighbour-${at}`
    if (partitionOf(subjectOf(other)) === partitionOf(subjectOf(sub))) return other
  }
}
