import { REVOCATIONS_TOPIC } from '@freshet/events'
import { resolveClasspath } from '@freshet/local-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runJavaTool } from '../../infra/kafka/src/java.ts'
import { startService, untilLive } from '../setup/start-service.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'

describe.runIf(canRun)('a reconciler that starts', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack()
    await processOf(stack, 'reconciler').stop()
  })
  afterAll(() => stack.stop())

  const setCompression = async (value: string): Promise<void> => {
    const classes = { classpath: await resolveClasspath(), flags: [] }
    const at = ['--bootstrap-server', stack.at.brokers.join(','), '--topic', REVOCATIONS_TOPIC]
    const alter = ['--alter', '--add-config', `compression.type=${value}`]
    await runJavaTool(classes, 'org.apache.kafka.tools.ConfigCommand', at.concat(alter))
  }

  it('ends where a writer chooses the codec of a topic, and says what to set', async () => {
    await setCompression('producer')
    const service = startService(processOf(stack, 'reconciler').plan)
    const [code] = await service.exited
    expect(code).not.toBe(0)
    expect(service.told()).toContain('"code":"topic.mismatch"')
    expect(service.told()).toContain(`${REVOCATIONS_TOPIC}: compression.type is producer`)
    expect(service.told()).toContain('set compression.type=uncompressed')
  })

  it('ends where the topic keeps too little for T_max, and says what to set', async () => {
    await setCompression('uncompressed')
    const { plan } = processOf(stack, 'reconciler')
    const env = { ...plan.env, FRESHET_TOKEN_LIFE_MAX_MS: '86400000' }
    const service = startService({ ...plan, env })
    const [code] = await service.exited
    expect(code).not.toBe(0)
    expect(service.told()).toContain(
      `${REVOCATIONS_TOPIC}: retention.ms is 86400000; set retention.ms=87060000`,
    )
  })

  it('control: goes on with the topic as it is planned', async () => {
    const service = startService(processOf(stack, 'reconciler').plan)
    await untilLive(service)
    await service.end()
  })
})
