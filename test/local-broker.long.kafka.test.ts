import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKafka, type Kafka } from '@freshet/kafka'
import { startKafka, type LocalKafka } from '@freshet/local-kafka'
import { recordingFollower } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { archiveFlags } from '../infra/kafka/src/class-archive.ts'

const canStart = inject('kafkaBrokers') !== null && !process.env['KAFKA_BROKERS']
const config = { 'message.timestamp.type': 'LogAppendTime' }
const text = (value: string) => ({ key: null, value: Buffer.from(value), headers: {} })

describe.runIf(canStart)('a local broker of our own', () => {
  let local: LocalKafka
  let kafka: Kafka

  beforeAll(async () => {
    local = await startKafka()
    kafka = createKafka({ brokers: local.brokers, clientId: 'restart-test' })
  })
  afterAll(async () => {
    await kafka.close()
    const { dir } = local
    await local.stop()
    expect(existsSync(dir ?? '')).toBe(false)
  })

  test('a broker maps its classes from the archive of this Java', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('the archive is not there'))
    const [flag = ''] = await archiveFlags(local.classpath ?? '', failing)
    expect(flag).toMatch(/^-XX:SharedArchiveFile=.*\.jsa$/)
    const maps = readFileSync(`/proc/${local.pid}/maps`, 'utf8')
    expect(maps).toContain(flag.replace('-XX:SharedArchiveFile=', ''))
  })

  test.each([
    ['no broker could run', () => Promise.reject(new Error('the broker did not start'))],
    [
      'the archive was cut short',
      ([flag = '']: readonly string[]) => {
        writeFileSync(flag.replace('-XX:ArchiveClassesAtExit=', ''), 'cut short')
        return Promise.resolve()
      },
    ],
  ])('control: nothing is kept or mapped where %s', async (_, runBroker) => {
    const dir = mkdtempSync(join(tmpdir(), 'freshet-class-archive-'))
    try {
      expect(await archiveFlags(local.classpath ?? '', runBroker, dir)).toEqual([])
      expect(readdirSync(dir)).toEqual([])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  async function topicNamed(name: string): Promise<string> {
    await kafka.topics.apply([{ name, partitions: 1, replication: 1, config }])
    return name
  }

  test('a follower survives a broker that is killed: it is called back, and misses and repeats nothing', async () => {
    const topic = await topicNamed('restarted')
    const writer = kafka.writer()
    const reader = kafka.reader()
    const follower = recordingFollower()
    const stop = new AbortController()
    await writer.append(topic, 0, [text('a'), text('b')])
    const done = reader.follow(topic, new Map([[0, 0n]]), follower, stop.signal)
    await follower.until(() => follower.records.length === 2)
    await reader.bounds(topic)

    const oldPid = local.pid
    await local.restart('SIGKILL')
    expect(local.pid).not.toBe(oldPid)
    await follower.until(() => follower.reconnects.length > 0)

    // A writer whose broker went away does not know the outcome; its caller appends again.
    const appended = await appendUntilDone(() => writer.append(topic, 0, [text('c')]))
    await follower.until(() => follower.records.some((r) => r.offset === appended.baseOffset))
    stop.abort()
    await done
    const offsets = follower.records.map((record) => record.offset)
    expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)))
    expect((await reader.read(topic, 0, 0n, 2)).map((r) => `${r.offset}`)).toEqual(['0', '1'])
  })

  test('an append to a broker that froze fails in bounded time, and may have landed all the same', async () => {
    const topic = await topicNamed('frozen')
    const writer = kafka.writer()
    await writer.append(topic, 0, [text('a')])
    process.kill(local.pid ?? 0, 'SIGSTOP')
    try {
      const trouble = { code: 'broker.unavailable', message: expect.stringContaining('in time') }
      const refusal = await appendUntilRefused(() => writer.append(topic, 0, [text('b')]))
      expect(refusal).toMatchObject(trouble)
    } finally {
      process.kill(local.pid ?? 0, 'SIGCONT')
    }

    const { baseOffset } = await appendUntilDone(() => writer.append(topic, 0, [text('c')]))
    const records = await kafka.reader().read(topic, 0, 0n, 10)
    const values = records.map((record) => Buffer.from(record.value ?? []).toString())
    expect(values.join(',')).toMatch(/^a(,b)*,c$/)
    expect(baseOffset).toBe(BigInt(values.length - 1))
  })

  test('a topic that is created again is a lost offset to its follower', async () => {
    const topic = await topicNamed('renewed')
    const writer = kafka.writer()
    const follower = recordingFollower()
    const stop = new AbortController()
    await writer.append(topic, 0, [text('a'), text('b')])
    const done = kafka.reader().follow(topic, new Map([[0, 0n]]), follower, stop.signal)
    await follower.until(() => follower.records.length === 2)
    await kafka.topics.remove([topic])
    await topicNamed(topic)
    await follower.until(() => follower.lost.length > 0)
    await appendUntilDone(() => writer.append(topic, 0, [text('new')]))
    await follower.until(() => follower.records.length > 2)
    stop.abort()
    await done
    expect(follower.reconnects.length).toBeGreaterThan(0)
    expect(follower.records[2]?.offset).toBe(0n)
  })

  test('the listener of the controller, taken for a broker, is named in a text that helps', async () => {
    const properties = readFileSync(join(local.dir ?? '', 'server.properties'), 'utf8')
    const port = /CONTROLLER:\/\/127\.0\.0\.1:(\d+)/.exec(properties)?.[1]
    const wrong = createKafka({ brokers: [`127.0.0.1:${port}`], clientId: 'restart-test' })
    await expect(wrong.check()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('not of a controller'),
    })
    await wrong.close()
  })

  test("Kafka's own console consumer reads what the writer wrote, headers too", async () => {
    const topic = await topicNamed('printed')
    const headers = { ce_type: Buffer.from('example.type') }
    await kafka.writer().append(topic, 0, [{ ...text('{"a":1}'), headers }])
    const what = ['--bootstrap-server', ...local.brokers, '--topic', topic, '--from-beginning']
    const how = ['--max-messages', '1', '--formatter-property', 'print.headers=true']
    const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
    const { stdout } = await local.javaTool(consumer, [...what, ...how])
    expect(stdout).toContain('ce_type:example.type')
    expect(stdout).toContain('{"a":1}')
  })
})

async function appendUntilDone<T>(append: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left--) {
    try {
      return await append()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

/** A stop signal takes effect when the process next gets a processor: until then it answers. */
async function appendUntilRefused(append: () => Promise<unknown>): Promise<unknown> {
  for (let left = 1000; left > 0; left--) {
    const refusal = await append().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal !== undefined) return refusal
  }
  throw new Error('A frozen broker answered 1,000 appends.')
}
