import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resolveClasspath, startKafka } from '@freshet/local-kafka'
import type { StackBroker } from '../setup/stack-broker.ts'

const run = promisify(execFile)
const CLASSES = join(import.meta.dirname, 'broker-clock')

/** Starts a real broker, whose clock is ahead by the milliseconds that a file has. */
export async function brokerWithClock(file: string): Promise<StackBroker> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-broker-clock-'))
  const agent = await compileAgent(dir)
  const vmFlags = [`-javaagent:${agent}`, `-Dclock.file=${file}`]
  const kafka = await startKafka({ vmFlags })
  const free = async (): Promise<void> => {
    await kafka.stop()
    await rm(dir, { recursive: true, force: true })
  }
  return { brokers: kafka.brokers, free }
}

async function compileAgent(dir: string): Promise<string> {
  const clock = join(dir, 'clock')
  const jar = join(dir, 'agent.jar')
  const manifest = join(dir, 'manifest')
  const sources = ['Agent.java', 'SystemTime.java'].map((name) => join(CLASSES, name))
  await run('javac', ['--release', '17', '-cp', await resolveClasspath(), '-d', dir, ...sources])
  await mkdir(clock)
  await cp(join(dir, 'org/apache/kafka/common/utils/SystemTime.class'), `${clock}/SystemTime.class`)
  await writeFile(manifest, 'Premain-Class: Agent\n')
  const classes = ['Agent.class', 'Agent$1.class', 'clock']
  await run('jar', ['cfm', jar, manifest, ...classes], { cwd: dir })
  return jar
}
