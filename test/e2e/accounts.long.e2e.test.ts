import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Status } from '@freshet/insight/answers'
import { CONTROL_PARTITION } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent, signRecord } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { ResyncReport } from '../../packages/cli/src/commands/sources/source-resync.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { kafkaOf, signingKeyOf } from './direct-world.ts'
import { sourceOf, type TestSource } from './source.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, refusal } from './token.ts'

const SOON_MS = 30_000
/** The subject by which the stack checks that edges are ready, and two people. */
const SUBJECTS = ['probe', 'alice', 'bob']
const CLAIMS = SUBJECTS.map((subject) => ({ subject, claim: 'groups', value: ['staff'] }))

describe.runIf(canRun)(
  'the account source, of which a record in the control partition is lost',
  () => {
    let stack: TestStack
    let cli: CliFolder
    let kafka: Kafka
    let hr: TestSource
    beforeAll(async () => {
      stack = await startTestStack()
      cli = await cliFolder(stack)
      kafka = kafkaOf(stack)
      hr = sourceOf(stack, 'hr')
      for (const { subject, ...of } of CLAIMS)
        await recorded(stack, await hr.send({ op: 'set', subject, ...of }))
      await recorded(stack, await hr.send({ op: 'enabled', subject: 'bob' }))
      await mint(stack, 'bob')
      await loseOne()
    })
    afterAll(async () => {
      await cli?.dispose()
      await kafka?.close()
      await stack?.stop()
      expect(stack?.deaths).toEqual([])
    })

    /** hr writes an account event of which not even the subject can be read. */
    async function loseOne(): Promise<void> {
      const { change } = parseChangeEvent(await hr.event({ op: 'disabled', subject: 'alice' }))
      const stamp = { partition: CONTROL_PARTITION, number: await nextNumber() }
      const record = { ...encodeChange(change, {}), key: null, value: Buffer.from('{') }
      const signed = await signRecord(record, stamp, await signingKeyOf(stack, 'hr'))
      await kafka.writer().append(CHANGES_TOPIC, CONTROL_PARTITION, [signed])
    }

    async function nextNumber(): Promise<bigint> {
      const url = stack.at.databaseUrl
      await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
      const text = `SELECT coalesce(max(number), 0) + 1 AS next FROM stamp
      WHERE source = 'hr' AND partition = ${CONTROL_PARTITION}`
      const { rows } = await db.query<{ next: bigint }>({ name: '', text }, [])
      return rows[0]?.next ?? 1n
    }

    async function statusOfHr(isMeant: (of: Status['sources'][number]) => boolean) {
      const { value } = await until('hr is in this state', SOON_MS, async () => {
        const { out } = await cli.freshet('status', '-o', 'json')
        const found = (JSON.parse(out) as Status).sources.find(({ source }) => source === 'hr')
        return found && isMeant(found) ? found : undefined
      })
      return value
    }

    async function resync(name: string, lines: readonly object[]) {
      const path = join(cli.dir, name)
      await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'))
      const { code, out, err } = await cli.freshet(
        'source',
        'resync',
        path,
        '--source',
        'hr',
        '-o',
        'json',
      )
      return { code, err, report: JSON.parse(out) as ResyncReport }
    }

    it('stays halted after a snapshot of claims, and the command prints so before', async () => {
      await statusOfHr(({ standing }) => standing === 'halted')
      const { code, err } = await resync('claims.jsonl', CLAIMS)
      expect(code).toBe(0)
      expect(err).toContain('partition 0 waits for a snapshot of hr with accounts')
      const status = await statusOfHr(() => true)
      expect(status).toMatchObject({ standing: 'halted', awaits: ['accounts'] })
    })

    it('is trusted again after a snapshot with accounts, which puts the omitted one in doubt', async () => {
      const accounts = ['probe', 'alice'].map((subject) => ({ subject, account: 'enabled' }))
      const { code, err, report } = await resync('people.jsonl', [...CLAIMS, ...accounts])
      expect(code).toBe(0)
      expect(err).not.toContain('waits for a snapshot')
      expect(report).toMatchObject({ state: 'ended', omittedAccounts: 1 })
      expect(await statusOfHr(({ standing }) => standing === 'live')).not.toHaveProperty('awaits')
      await mint(stack, 'alice')
      expect(await refusal(stack, 'bob')).toMatchObject({ code: 'mint.doubtful' })
    })

    it('ends the doubt with an event of the account', async () => {
      await recorded(stack, await hr.send({ op: 'enabled', subject: 'bob' }))
      await mint(stack, 'bob')
    })
  },
)
