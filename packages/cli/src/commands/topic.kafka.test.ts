import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { recordedRun } from '../../test/recorded-run.ts'

const brokers = inject('kafkaBrokers') ?? []
const topic = `freshet.test-${randomBytes(6).toString('hex')}.v1`
const PLAN = `
replication: 1
config: {}
topics:
  ${topic}: { partitions: 1 }
`

describe.runIf(brokers.length > 0)('freshet topic', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-topic-'))
    await writeFile(join(dir, 'topics.yaml'), PLAN)
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const run = (verb: string) => {
    const env = { KAFKA_BROKERS: brokers.join(',') }
    return recordedRun(`topic ${verb} --file ${join(dir, 'topics.yaml')} -o json`, {
      cwd: dir,
      env,
    })
  }

  it('apply prints the brokers that it changes; control: verify changes none and prints none', async () => {
    const before = await run('verify')
    expect([before.code, before.err]).toEqual([10, ''])
    const { code, out, err } = await run('apply')
    expect([code, JSON.parse(out), err]).toEqual([0, { items: [] }, `at ${brokers.join(',')}\n`])
    const after = await run('verify')
    expect([after.code, after.err]).toEqual([0, ''])
  })
})
