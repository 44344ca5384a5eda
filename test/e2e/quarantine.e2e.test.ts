import type { QuarantinedJson } from '@freshet/insight/answers'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { partitionOf } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  generateKey,
  importSigningKey,
  parseChangeEvent,
  signRecord,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { header, kafkaOf, recordsOf, signingKeyOf } from './direct-world.ts'
import { check } from './edge.ts'
import { sourceOf, type TestChange, type TestSource } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { groupsOf, mint, refusal } from './token.ts'

/** The reconciler seals the audit every 10 s. */
const SEALED_WITHIN_MS = 60_000
const SOON_MS = 20_000
const GAINED = 'payments-approvers'
/** D of the example registry. */
const PROMISED_MS = 7_000
/** The number of subjects of a partition that hr can remove values from in ten minutes. */
const UNASKED = 2
const partition = (sub: string): number => partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub })

describe.runIf(canRun)('an operator works off the quarantine', () => {
  let stack: TestStack
  let cli: CliFolder
  let kafka: Kafka
  let hr: TestSource
  let published: { readonly jwk: object; readonly key: SigningKey }
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['sources', 'hr', 'maxRemovals'], `${UNASKED} per 10m`)
    })
    cli = await cliFolder(stack)
    kafka = kafkaOf(stack)
    hr = sourceOf(stack, 'hr')
    const { privateJwk, publicJwk } = await generateKey('ES256', 'hr-of-tomorrow')
    published = { jwk: publicJwk, key: importSigningKey(privateJwk) }
    for (const subject of ['alice', 'bob'])
      await recorded(
        stack,
        await hr.send({ op: 'set', subject, claim: 'groups', value: ['staff'] }),
      )
  })
  afterAll(async () => {
    await cli?.dispose()
    await kafka?.close()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  /** Returns the next number of hr in a partition, as its gateway would give it. */
  async function nextNumber(of: number): Promise<bigint> {
    const url = stack.at.databaseUrl
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    const text = `SELECT coalesce(max(number), 0) + 1 AS next FROM stamp
      WHERE source = 'hr' AND partition = $1`
    const { rows } = await db.query<{ next: bigint }>({ name: '', text }, [of])
    return rows[0]?.next ?? 1n
  }

  /** Writes to the topic as hr, at its place, with a key of the test's choice. */
  async function write(
    statement: TestChange & { readonly subject: string },
    key: SigningKey,
    edit: (record: OutgoingRecord) => OutgoingRecord = (record) => record,
  ): Promise<string> {
    const { change } = parseChangeEvent(await hr.event(statement))
    const at = partition(statement.subject)
    const stamp = { partition: at, number: await nextNumber(at) }
    const record = await signRecord(edit(encodeChange(change, {})), stamp, key)
    await kafka.writer().append(CHANGES_TOPIC, at, [record])
    return change.id
  }

  async function quarantinedWith(
    reason: string,
    isMeant: (each: QuarantinedJson) => boolean = () => true,
  ): Promise<QuarantinedJson> {
    const { value } = await until(`parked for ${reason}`, SOON_MS, async () => {
      const { out } = await cli.freshet('quarantine', 'ls', '--code', reason, '-o', 'json')
      return (JSON.parse(out) as { items: readonly QuarantinedJson[] }).items.find(isMeant)
    })
    // The record is known once it is recorded, and its bytes are on the topic shortly after.
    await until('its bytes are there', SOON_MS, async () => {
      const { code } = await cli.freshet('quarantine', 'get', value.id, '--raw', '-')
      return code === 0 ? true : undefined
    })
    return value
  }

  /** Returns how often a change is on the topic. */
  const timesOf = async (change: string): Promise<number> =>
    (await recordsOf(kafka, CHANGES_TOPIC)).filter((record) => header(record, 'ce_id') === change)
      .length

  async function publishKey(): Promise<void> {
    const dir = dirname(stack.workspace.registry)
    const registry = parseDocument(await readFile(stack.workspace.registry, 'utf8'))
    const before = String(registry.getIn(['sources', 'hr', 'keys']))
    const { keys } = JSON.parse(await readFile(join(dir, before), 'utf8')) as { keys: object[] }
    const after = join(dirname(before), 'hr-next.jwks.json')
    await writeFile(join(dir, after), JSON.stringify({ keys: [...keys, published.jwk] }))
    registry.set('version', 2)
    registry.setIn(['sources', 'hr', 'keys'], after)
    const file = join(dir, 'registry-2.yaml')
    await writeFile(file, registry.toString())
    const ended = [
      await cli.freshet('registry', 'publish', file),
      await cli.freshet('registry', 'activate', '2', '--reason', 'key of hr', '--wait'),
    ]
    expect(ended.map(({ code, err }) => [code, err])).toEqual([
      [0, expect.any(String)],
      [0, expect.any(String)],
    ])
  }

  it('a change that its source signed with a key too early is replayed once the key is published', async () => {
    const value = ['staff', GAINED]
    const statement = { op: 'set', subject: 'alice', claim: 'groups', value }
    const change = await write(statement, published.key)
    const { id, source, proven } = await quarantinedWith('event.unauthentic')
    expect([source, proven]).toEqual(['hr', false])
    const shown = await cli.freshet('quarantine', 'get', id)
    expect(shown.out).toContain('hr, unproven')
    expect(shown.out).not.toContain(GAINED)
    expect((await cli.freshet('quarantine', 'get', id, '--raw', '-')).out).toContain(GAINED)

    const early = await cli.freshet('quarantine', 'replay', id)
    expect([early.code, early.out]).toEqual([1, expect.stringContaining('still-refused')])
    await publishKey()
    const dry = await cli.freshet('quarantine', 'replay', '--source', 'hr', '--dry-run')
    expect([dry.code, dry.out]).toEqual([0, `${id}  would become applied\n`])
    expect(groupsOf(await mint(stack, 'alice'))).toEqual(['staff'])

    const because = ['--reason', 'its key is published now']
    const replayed = await cli.freshet('quarantine', 'replay', '--source', 'hr', ...because)
    expect([replayed.code, replayed.out]).toEqual([0, `${id}  applied\n`])
    expect(await recorded(stack, change)).toMatchObject({ outcome: 'applied' })
    expect(groupsOf(await mint(stack, 'alice')).toSorted()).toEqual([GAINED, 'staff'])

    expect(await timesOf(change)).toBe(2)
    const again = await cli.freshet('quarantine', 'replay', id)
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('already-replayed')])
    expect(await timesOf(change)).toBe(2)
    expect((await cli.freshet('quarantine', 'get', id)).out).toContain('its key is published now')
    await until('the read of its payload is in the audit', SEALED_WITHIN_MS, async () => {
      const { out } = await cli.freshet('audit', 'ls', '--kind', 'subject-read', '-o', 'json')
      return out.includes(id) ? true : undefined
    })
  })

  const broken = (record: OutgoingRecord): OutgoingRecord => ({
    ...record,
    value: Buffer.from(
      Buffer.from(record.value ?? '')
        .toString()
        .replace('"set"', '"explode"'),
    ),
  })

  it('an operator who knows what holds clears what a record put in doubt', async () => {
    const statement = { op: 'set', subject: 'bob', claim: 'groups', value: ['staff', GAINED] }
    await write(statement, await signingKeyOf(stack, 'hr'), broken)
    const { id } = await quarantinedWith('event.malformed')
    expect((await refusal(stack, 'bob'))?.code).toBeDefined()
    const why = ['--reason', 'hr gave bob nothing']
    const cleared = await cli.freshet('quarantine', 'clear', id, ...why, '-o', 'json')
    const target = expect.stringMatching(/^at http:\S+, by the stack of \S+\n$/)
    expect([cleared.code, cleared.err]).toEqual([0, target])
    const [item] = (JSON.parse(cleared.out) as { items: { id: string }[] }).items
    await recorded(stack, item?.id ?? '')
    expect(groupsOf(await mint(stack, 'bob'))).toEqual(['staff'])
    const again = await cli.freshet('quarantine', 'clear', id, ...why)
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('none of its claims')])
    expect((await cli.freshet('quarantine', 'drop', id, ...why)).code).toBe(0)
  })

  it('a record that put a claim in doubt can be dropped; the doubt ends with a set that names it', async () => {
    const statement = { op: 'set', subject: 'bob', claim: 'groups', value: ['staff'] }
    await write(statement, await signingKeyOf(stack, 'hr'), broken)
    const { id } = await quarantinedWith('event.malformed')
    const replayed = await cli.freshet('quarantine', 'replay', id)
    expect([replayed.code, replayed.out]).toEqual([1, expect.stringContaining('in-doubt')])
    const dropped = await cli.freshet('quarantine', 'drop', id, '--reason', 'hr states it anew')
    expect(dropped.code).toBe(0)
    expect(dropped.out).toMatch(/dropped\nIN DOUBT/)
    expect((await cli.freshet('quarantine', 'ls')).out).toBe('no quarantined record matches\n')
    expect((await refusal(stack, 'bob'))?.code).toBeDefined()

    const [, settles = ''] = /(\{"e":.*\})/.exec(dropped.out) ?? []
    const event = await hr.event(statement)
    const data = { ...Object(event['data']), settles: [JSON.parse(settles)] } as object
    expect((await hr.post({ ...event, data })).status).toBe(202)
    await recorded(stack, event.id)
    expect(groupsOf(await mint(stack, 'bob'))).toEqual(['staff'])
    expect((await cli.freshet('quarantine', 'get', id)).out).toContain('no claim is in doubt')
  })

  describe('a flood of removals', () => {
    const crowd = Array.from({ length: 99 }, (_, n) => `flood-${n}`)
      .filter((sub) => partition(sub) === partition('flood-0'))
      .slice(0, UNASKED + 2)
    const [confirmed = '', refused = ''] = crowd.slice(UNASKED)
    const held = new Map<string, { readonly token: string; readonly change: string }>()
    const remove = (subject: string): Promise<string> =>
      hr.send({ op: 'remove', subject, claim: 'groups', value: [GAINED] })
    const untilBoth = (token: string, decision: string) =>
      until(`${decision} at every edge`, SOON_MS, async () => {
        const ask = { token, require: { groups: ['staff'] } }
        const answers = await Promise.all(SIDECARS.map((edge) => check(stack, ask, edge)))
        return answers.every((each) => each.decision === decision) ? answers : undefined
      })
    const quarantinedOf = (change: string): Promise<QuarantinedJson> =>
      quarantinedWith('event.flood', (each) => each.change === change)

    it('is held at its limit: tokens are stale at once, nothing is minted, and the state waits', async () => {
      for (const subject of crowd) {
        const statement = { op: 'set', subject, claim: 'groups', value: ['staff', GAINED] }
        await recorded(stack, await hr.send(statement))
      }
      // Control: within the limit no removal is held.
      for (const subject of crowd.slice(0, UNASKED)) {
        expect(await recorded(stack, await remove(subject))).toMatchObject({ outcome: 'applied' })
        expect(groupsOf(await mint(stack, subject))).toEqual(['staff'])
      }
      for (const subject of [confirmed, refused]) {
        const token = await mint(stack, subject)
        await untilBoth(token, 'allow')
        const change = await remove(subject)
        held.set(subject, { token, change })
        const { value, ms } = await untilBoth(token, 'deny')
        expect(ms).toBeLessThan(PROMISED_MS)
        for (const { claims } of value)
          expect(claims['groups']).toMatchObject({ verdict: 'stale', change })
        expect(await recorded(stack, change)).toMatchObject({ outcome: 'held', tightened: true })
        expect(await refusal(stack, subject)).toMatchObject({ code: 'mint.doubtful' })
      }
    })

    it('is taken where an operator confirms it, and undone where an operator refuses it', async () => {
      const because = 'the owner of hr was asked'
      const { id: taken } = await quarantinedOf(held.get(confirmed)?.change ?? '')
      const replayed = await cli.freshet('quarantine', 'replay', taken, '--reason', because)
      expect([replayed.code, replayed.out]).toEqual([0, `${taken}  applied\n`])
      expect(groupsOf(await mint(stack, confirmed))).toEqual(['staff'])

      const { id: fault } = await quarantinedOf(held.get(refused)?.change ?? '')
      for (const verb of ['clear', 'drop'])
        expect(await cli.freshet('quarantine', verb, fault, '--reason', because)).toMatchObject({
          code: 0,
        })
      const { value: token } = await until('minted again', SOON_MS, async () =>
        (await refusal(stack, refused)) === undefined ? mint(stack, refused) : undefined,
      )
      expect(groupsOf(token).toSorted()).toEqual([GAINED, 'staff'])
      await untilBoth(token, 'allow')
      // Tokens that were stale stay so, whatever the result.
      for (const { token: old } of held.values()) await untilBoth(old, 'deny')
    })
  })

  it.each(['3-aaaaaaaaaaaaaaaaaaaaaa', 'garbage', '../../etc/passwd'])(
    'there is no record %s to look at, to replay or to drop',
    async (id) => {
      expect((await cli.freshet('quarantine', 'get', id)).code).toBe(3)
      expect((await cli.freshet('quarantine', 'replay', id)).code).toBe(3)
      expect((await cli.freshet('quarantine', 'drop', id, '--reason', 'x')).code).toBe(3)
    },
  )
})
