import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Status } from '@freshet/insight/answers'
import { partitionOf, subjectKey, type Subject } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent, signRecord } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '@freshet/postgres'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { ResyncReport } from '../../packages/cli/src/commands/sources/source-resync.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { kafkaOf, signingKeyOf } from './direct-world.ts'
import { check } from './edge.ts'
import { sourceOf, type TestSource } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const SOON_MS = 30_000
const STAFF = 90
/** More than one step at the end of a snapshot reads (5,000), and changes. */
const MANY = 6_000
const claim = 'entitlements'
const ALICE = { subject: 'alice', claim, value: ['read', 'write'] }
/** The subject by which the stack checks that edges are ready. */
const PROBE = { subject: 'probe', claim, value: ['staff'] }
const subjectOf = (sub: string): Subject => ({ tenant: DEV_TENANT, iss: DEV_IDP, sub })
const P = partitionOf(subjectOf('alice'))

describe.runIf(canRun)('an event of a dense source that was lost', () => {
  let stack: TestStack
  let cli: CliFolder
  let kafka: Kafka
  let iga: TestSource
  let token: string
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
      registry.setIn(['sources', 'iga', 'lease'], '5s')
    })
    cli = await cliFolder(stack)
    kafka = kafkaOf(stack)
    iga = sourceOf(stack, 'iga')
    const value = ['read', 'pay']
    await recorded(stack, await iga.send({ op: 'set', subject: 'alice', claim, value }))
    await recorded(stack, await sourceOf(stack, 'hr').send(groupsOf('alice')))
    token = await mint(stack, 'alice')
  })
  afterAll(async () => {
    await cli?.dispose()
    await kafka?.close()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  const groupsOf = (subject: string) => ({ op: 'set', subject, claim: 'groups', value: ['staff'] })

  /** iga writes its next change itself, and the change with the number before is lost. */
  async function loseOneBefore(value: readonly string[]): Promise<string> {
    const event = await iga.event({ op: 'add', subject: 'alice', claim, value })
    const { change } = parseChangeEvent(event)
    const sequence = (change.sequence ?? 0n) + 1n
    const record = encodeChange({ ...change, sequence }, {})
    const stamp = { partition: P, number: sequence }
    const key = await signingKeyOf(stack, 'iga')
    await kafka.writer().append(CHANGES_TOPIC, P, [await signRecord(record, stamp, key)])
    return change.id
  }

  const verdictOf = async () => {
    const answer = await check(stack, { token, require: { [claim]: ['pay'] } })
    return { decision: answer.decision, ...answer.claims?.[claim] }
  }

  async function exported(lines: readonly object[]): Promise<string> {
    const path = join(cli.dir, 'iga.jsonl')
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'))
    return path
  }

  async function resync(path: string, ...more: readonly string[]) {
    const as = ['--source', 'iga', '-o', 'json', ...more]
    const { code, out, err } = await cli.freshet('source', 'resync', path, ...as)
    return { code, err, report: JSON.parse(out) as ResyncReport }
  }

  /** Plants claims that iga had given to so many people of alice's partition. */
  async function plantClaims(many: number): Promise<void> {
    const url = stack.at.databaseUrl
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    const text = `INSERT INTO claim_state
        (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
      SELECT subject, $2, $3, $4, 'iga', 0, 1, '{"\\"read\\"": ["0", "1", true]}'
      FROM unnest($1::text[]) AS subject`
    const subjects = Array.from({ length: many }, (_, n) => subjectKey(subjectOf(`planted-${n}`)))
    await db.query({ name: '', text }, [subjects, claim, DEV_TENANT, P])
  }

  it('leaves the claims of its source unverified', async () => {
    expect(await verdictOf()).toMatchObject({ decision: 'allow', verdict: 'fresh' })
    await recorded(stack, await loseOneBefore(['write']))
    const { value } = await until('unverified', SOON_MS, async () => {
      const verdict = await verdictOf()
      return verdict.verdict === 'unverified' ? verdict : undefined
    })
    expect(value).toMatchObject({ decision: 'deny', source: 'iga' })
  })

  it('is named by a resync with the owner of the source, and trust comes back', async () => {
    const path = await exported([ALICE, PROBE])
    const { code, err, report } = await resync(path)
    expect([code, err]).toEqual([0, expect.any(String)])
    expect(report).toMatchObject({
      source: 'iga',
      owner: 'iam',
      contact: 'oncall-iam@acme.example',
      state: 'ended',
      compared: 2,
      missed: {
        removals: 1,
        grants: 0,
        changes: [{ sub: 'alice', claim, removal: true, grant: false }],
      },
    })
    const { value } = await until('stale', SOON_MS, async () => {
      const verdict = await verdictOf()
      return verdict.verdict === 'stale' ? verdict : undefined
    })
    expect(value).toMatchObject({ decision: 'deny', change: report.missed.changes[0]?.change })
    token = await mint(stack, 'alice')
    const { value: fresh } = await until('fresh', SOON_MS, async () => {
      const answer = await check(stack, { token, require: { [claim]: ['write'] } })
      return answer.decision === 'allow' ? answer : undefined
    })
    expect(fresh.claims?.[claim]).toEqual({ verdict: 'fresh' })
  })

  it('an export that broke off takes nothing away until it is confirmed', async () => {
    const staff = Array.from({ length: STAFF }, (_, n) => `staff-${n}`)
    const whole = staff.map((subject) => ({ subject, claim, value: ['read'] }))
    const full = await resync(await exported([...whole, ALICE, PROBE]))
    expect(full).toMatchObject({ code: 0, report: { compared: STAFF + 2 } })
    const path = await exported([ALICE, PROBE])
    const held = await resync(path)
    expect(held).toMatchObject({ code: 10, report: { state: 'held', missed: { removals: 0 } } })
    expect(held.report.unfinished.length).toBeGreaterThan(0)
    const confirmed = await resync(path, '--confirm')
    expect(confirmed).toMatchObject({ code: 0, report: { state: 'ended', sent: 1 } })
    expect(confirmed.report.missed.removals).toBe(STAFF)
  })

  it('a walk removes what one step cannot, and all of it before the statement has ended', async () => {
    await plantClaims(MANY)
    const path = await exported([PROBE, ALICE])
    const { code, report } = await resync(path, '--confirm')
    expect([code, report.state]).toEqual([0, 'ended'])
    expect(report.missed.removals).toBe(MANY)
    const { value } = await until('live', SOON_MS, async () => {
      const { sources } = JSON.parse((await cli.freshet('status', '-o', 'json')).out) as Status
      return sources.find(({ source, standing }) => source === 'iga' && standing === 'live')
    })
    expect(value.standing).toBe('live')
  })

  it('an edge that starts while all sources are silent is ready, and vouches for nothing', async () => {
    // The console sends the heartbeats of the probes' own source.
    const speakers = [...stack.processes.keys()].filter((name) => /^(source:|console$)/.test(name))
    const ready = (): Promise<number> =>
      fetch(new URL('/readyz', stack.at['sidecar:2'])).then(
        ({ status }) => status,
        () => 0,
      )
    const question = { token: await mint(stack, 'alice'), require: { [claim]: ['read'] } }
    await Promise.all(speakers.map((name) => processOf(stack, name).stop('SIGKILL')))
    try {
      await expect
        .poll(() => check(stack, question, 'sidecar:2'), { timeout: SOON_MS })
        .toMatchObject({ status: 503 })
      await processOf(stack, 'sidecar:2').stop('SIGKILL')
      const starting = processOf(stack, 'sidecar:2').start()
      await expect.poll(ready, { timeout: SOON_MS }).toBe(200)
      await starting
      expect(await check(stack, question, 'sidecar:2')).toMatchObject({
        status: 503,
        claims: { [claim]: { verdict: 'unverified' } },
      })
    } finally {
      await Promise.all(speakers.map((name) => processOf(stack, name).start()))
    }
    await expect
      .poll(() => check(stack, question, 'sidecar:2'), { timeout: SOON_MS })
      .toMatchObject({ decision: 'allow' })
  })
})
