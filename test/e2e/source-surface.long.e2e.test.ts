import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseChangeEvent } from '@freshet/wire'
import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { cliFolder, FRESHET, ROOT, type CliFolder, type Ended } from './cli.ts'
import { kafkaOf, leaveGateway } from './direct-world.ts'
import { check, expectAllowed } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, startTestStack, untilFresh, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const FEED_SECONDS = 10
const SUBJECTS = 2_000
const WITHIN_MS = 60_000

/** The entries of the change log for events with this id prefix. */
interface Logged {
  readonly rows: bigint
  readonly ids: bigint
  readonly applied: bigint
}

const logged = {
  name: '',
  text: `
    SELECT count(*) AS rows, count(DISTINCT id) AS ids,
      count(*) FILTER (WHERE outcome = 'applied') AS applied
    FROM change_log WHERE id LIKE $1 || '%' AND kind = 'claim'`,
}
const deciding = {
  name: '',
  text: `
    SELECT 'claim' AS what, elements::text || floor_n AS state FROM claim_state WHERE subject LIKE '%"yan"%'
    UNION ALL SELECT 'watermark', scope_key || position FROM watermark WHERE scope_key LIKE '%"yan"%'
    UNION ALL SELECT 'claims', count(*)::text FROM claim_state
    UNION ALL SELECT 'denials', count(*)::text FROM denial
    ORDER BY what`,
}
const numbered = {
  name: '',
  text: `
    SELECT partition, count(DISTINCT number) = max(number) AND min(number) = 1 AS dense
    FROM stamp WHERE source = 'hr' GROUP BY partition ORDER BY partition`,
}

describe.runIf(canRun)('a source that is fed by hand', () => {
  let stack: TestStack
  let folder: CliFolder
  let database: Database
  beforeAll(async () => {
    stack = await startTestStack()
    folder = await cliFolder(stack)
    const { url } = stack.describe().postgres
    database = createDatabase({ url, applicationName: 'freshet-test', max: 1 })
  })
  afterAll(async () => {
    await database.close()
    await folder.dispose()
    await stack.stop()
  })

  async function inLog(prefix: string): Promise<Logged> {
    const { rows } = await database.query<Logged & Record<string, unknown>>(logged, [prefix])
    return rows[0] ?? { rows: 0n, ids: 0n, applied: 0n }
  }
  const untilLogged = (prefix: string, count: bigint) =>
    until(`${count} events of ${prefix} in the log`, WITHIN_MS, async () => {
      const found = await inLog(prefix)
      return found.ids >= count ? found : undefined
    })
  async function expectDense(): Promise<void> {
    const { rows } = await database.query<{ dense: boolean }>(numbered)
    expect(rows.every(({ dense }) => dense)).toBe(true)
  }

  it('the shell script of the docs loses and doubles nothing while its gateway is killed', async () => {
    const env = { FEED_SECONDS: String(FEED_SECONDS), FRESHET: `${process.execPath} ${FRESHET}` }
    const { child, ended } = folder.start('sh', [join(ROOT, 'docs', 'feed-a-source.sh')], env)
    await untilLogged('feed-', 2n)
    const gateway = processOf(stack, 'gateway')
    if (child.stderr === null) throw new Error('no pipe')
    const noticed = once(child.stderr, 'data')
    await gateway.stop('SIGKILL')
    await noticed
    await gateway.start()
    const { code, out, err } = await ended
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(err).toContain('again in 1 s: 000')
    const accepted = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(accepted.length).toBeGreaterThan(2)
    expect(new Set(accepted).size).toBe(accepted.length)
    const { value } = await untilLogged('feed-', BigInt(accepted.length))
    const count = BigInt(accepted.length)
    expect(value).toEqual({ rows: count, ids: count, applied: count })
    await expectDense()
    expect(stack.deaths).toEqual([])
  })

  it('by source load goes on after Ctrl-C and after a killed gateway, and states each subject once', async () => {
    const file = join(folder.dir, 'hr.csv')
    const lines = Array.from(
      { length: SUBJECTS },
      (_, n) => `loaded-${n},groups,staff|team-${n % 7}`,
    )
    await writeFile(file, ['subject,claim,value', ...lines].join('\n'))
    const usual = processOf(stack, 'gateway')
    const limits = { FRESHET_SOURCE_EVENTS_PER_SECOND: '250' }
    const deaths: string[] = []
    const slow = new ManagedProcess(
      { ...usual.plan, env: { ...usual.plan.env, ...limits } },
      (name) => deaths.push(name),
    )
    await usual.stop()
    await slow.start()
    const load = () =>
      folder.start(process.execPath, [
        FRESHET,
        'source',
        'load',
        file,
        '--source',
        'hr',
        '-o',
        'json',
      ])
    const done = async (): Promise<number> => {
      const text = await readFile(`${file}.load.json`, 'utf8').catch(() => '{"done":0}')
      return (JSON.parse(text) as { done: number }).done
    }
    const untilDone = (count: number) =>
      until(`${count} events sent`, WITHIN_MS, async () =>
        (await done()) >= count ? true : undefined,
      )

    const first = load()
    await untilDone(500)
    first.child.kill('SIGINT')
    const interrupted = await first.ended
    expect(interrupted.code).toBe(1)
    expect(interrupted.err).toContain('run the same command again')

    const second = load()
    await untilDone(1_000)
    if (slow.pid !== undefined) process.kill(slow.pid, 'SIGKILL')
    const { code, out, err }: Ended = await second.ended
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(err).toMatch(/going on after \d+ of 2002 events/)
    expect(JSON.parse(out)).toMatchObject({ lines: SUBJECTS, skipped: 0, source: 'hr' })
    expect(deaths).toEqual(['gateway'])
    const count = BigInt(SUBJECTS)
    expect((await untilLogged('load-', count)).value).toEqual({
      rows: count,
      ids: count,
      applied: count,
    })
    await expectDense()

    await slow.stop()
    await usual.start()
    const again = JSON.parse((await load().ended).out) as object
    expect(again).toMatchObject({ sent: 0 })
    // Edges receive with the next checkpoint what the pipeline has already recorded.
    await untilFresh(stack)
  })

  it('is shown what the pipeline knows of it', async () => {
    await until('the lease of hr is current', WITHIN_MS, async () => {
      const answer = await readStatus('hr')
      return answer.lease.current ? answer : undefined
    })
    const hr = await readStatus('hr')
    expect(hr).toMatchObject({ unacknowledged: 0, quarantine: { count: 0 } })
    expect(hr.latency.samples).toBeGreaterThan(0)
    expect(hr.partitions.map(({ condition }) => condition)).toEqual(Array(7).fill('complete'))
    expect(await readStatus('iga')).toMatchObject({
      holes: [],
      next: expect.stringMatching(/^\d+$/),
    })
  })

  interface Seen {
    readonly lease: { readonly current: boolean }
    readonly latency: { readonly samples: number }
    readonly quarantine: { readonly count: number; readonly latest: readonly object[] }
    readonly partitions: readonly { readonly condition: string }[]
  }
  async function readStatus(source: string): Promise<Seen> {
    const url = new URL(`/v1/sources/${source}?tenant=acme`, stack.at.gateway)
    const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
    return (await (await fetch(url, { headers })).json()) as Seen
  }

  it('is shown what of it was refused on the topic, with rule and place', async () => {
    const kafka = kafkaOf(stack)
    try {
      const direct = await leaveGateway(stack, 'security', kafka)
      const event = await sourceOf(stack, 'hr').event({
        op: 'set',
        subject: 'zoe',
        claim: 'groups',
        value: ['s3cret'],
      })
      const { change } = parseChangeEvent({ ...event, source: 'security' })
      const [place] = await direct.send({ change })
      const { value } = await until('the refusal is shown', WITHIN_MS, async () => {
        const seen = await readStatus('security')
        return seen.quarantine.count > 0 ? seen : undefined
      })
      expect(value.quarantine).toMatchObject({
        count: 1,
        latest: [
          {
            id: change.id,
            code: 'event.forbidden',
            rule: 'claim groups belongs to source hr, not to security',
            partition: place?.partition,
            offset: String(place?.offset),
          },
        ],
      })
      expect(JSON.stringify(value)).not.toContain('s3cret')
    } finally {
      await kafka.close()
    }
  })

  it('changes nothing by what is refused, or by what is older than what is known', async () => {
    const hr = sourceOf(stack, 'hr')
    const older = await hr.event({ op: 'remove', subject: 'yan', claim: 'groups', value: ['a'] })
    await recorded(
      stack,
      await hr.send({ op: 'set', subject: 'yan', claim: 'groups', value: ['a'] }),
    )
    const state = await decided()
    const bad = async (data: object, more: object = {}): Promise<number> => {
      const event = await hr.event({ op: 'set', subject: 'yan', claim: 'groups', value: ['b'] })
      const sent = { ...event, ...more, data: { ...(event['data'] as object), ...data } }
      return (await hr.post(sent)).status
    }
    expect(await bad({ claim: 'entitlements' })).toBe(403)
    expect(await bad({ claim: 'shoe' })).toBe(422)
    expect(await bad({ value: { admin: true } })).toBe(422)
    expect(await bad({ tenant: 'umbrella' })).toBe(403)
    expect(await bad({}, { source: 'iga' })).toBe(403)
    expect(await bad({ occurredAt: '2099-01-01T00:00:00Z' })).toBe(422)
    expect(await decided()).toEqual(state)
    expect(await hr.post(older)).toMatchObject({ status: 202 })
    expect(await recorded(stack, older.id)).toMatchObject({ outcome: 'late', tightened: false })
    expect(await decided()).toEqual(state)
    const token = await mint(stack, 'yan', 'directory')
    await expectAllowed(stack, { token, audience: 'directory' })
  })

  /** Returns everything of the subject that decides, and that could allow a request later. */
  async function decided(): Promise<readonly unknown[]> {
    const { rows } = await database.query(deciding)
    return rows
  }

  it('is probed by hand: both edges refuse the value that it takes away', async () => {
    const { code, out, err } = await folder.freshet('probe', 'run', '--timeout', '30s')
    expect([code, err]).toEqual([0, ''])
    expect(out.match(/^refused at sidecar(?::2)? /gm)).toHaveLength(2)
  })

  it('is cut off by an operator: what a dry run counted is stale at every edge', async () => {
    const hr = sourceOf(stack, 'hr')
    await recorded(
      stack,
      await hr.send({ op: 'set', subject: 'zoe', claim: 'groups', value: ['a'] }),
    )
    const tokens = [await mint(stack, 'zoe', 'directory'), await mint(stack, 'zoe', 'directory')]
    const question = { token: tokens[0] ?? '', audience: 'directory' }
    await expectAllowed(stack, question)

    const ended = await folder.freshet(
      'cut-off',
      'client',
      'payments-web',
      '--dry-run',
      '-o',
      'json',
    )
    const { touches } = JSON.parse(ended.out) as { touches: { tokens: number } }
    expect(touches.tokens).toBeGreaterThanOrEqual(2)
    await expectAllowed(stack, question)
    expect((await folder.freshet('cut-off', 'client', 'payments-web')).code).toBe(2)
    await expectAllowed(stack, question)

    const cut = ['cut-off', 'client', 'payments-web', '--yes', '--wait', 'applied', '-o', 'json']
    const { code, out, err } = await folder.freshet(...cut)
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(JSON.parse(out)).toMatchObject({ source: 'freshet', kind: 'cut-off', state: 'applied' })
    for (const edge of ['sidecar', 'sidecar:2'] as const) {
      expect(await check(stack, question, edge)).toMatchObject({ decision: 'deny', status: 401 })
    }
    await expectAllowed(stack, { ...question, token: await mint(stack, 'zoe', 'directory') })
  })
})
