import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { NodeFiles } from './node-config.ts'

const TOOL_TIMEOUT_MS = 60_000
const TOOL_OUTPUT_BYTES_MAX = 16 << 20
const LOG_TAIL_BYTES = 3_000

/** Quick start over peak speed: this broker serves tests and a developer. */
const brokerFlags = [
  '-Xms256m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-XX:-UsePerfData',
]
const toolFlags = ['-Xmx256m', ...brokerFlags.slice(2)]

/** The classes that a Java VM runs Kafka from. */
export interface KafkaClasses {
  readonly classpath: string
  /** Flags of the VM beside those that all have. */
  readonly flags: readonly string[]
}

/** The output of a Java tool. */
export interface ToolOutput {
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of Kafka's own Java programs to its end. Rejects when it exits with another code than 0. */
export async function runJavaTool(
  { classpath, flags }: KafkaClasses,
  mainClass: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ToolOutput> {
  return await promisify(execFile)(
    'java',
    [...toolFlags, ...flags, '-cp', classpath, mainClass, ...args],
    {
      timeout: TOOL_TIMEOUT_MS,
      maxBuffer: TOOL_OUTPUT_BYTES_MAX,
      ...(signal ? { signal } : {}),
    },
  )
}

/** Starts the broker; what it prints goes to the log file of its folder. */
export function spawnBroker({ classpath, flags }: KafkaClasses, files: NodeFiles): ChildProcess {
  const log = openSync(files.log, 'a')
  try {
    const logging = `-Dlog4j2.configurationFile=${files.logging}`
    const args = [
      ...brokerFlags,
      ...flags,
      logging,
      '-cp',
      classpath,
      'kafka.Kafka',
      files.properties,
    ]
    return spawn('java', args, { stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

/** The end of the broker's log, for a message to a person. */
export function tailOf(files: NodeFiles): string {
  try {
    return readFileSync(files.log, 'utf8').slice(-LOG_TAIL_BYTES)
  } catch {
    return '(the broker wrote no log)'
  }
}
