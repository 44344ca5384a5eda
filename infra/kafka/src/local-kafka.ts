import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import {
  cleanUpLeftovers,
  endProcess,
  freePorts,
  makeOwnedDir,
  noteChild,
  type DirKind,
} from '@freshet/owned-dir'
import { archiveFlags } from './class-archive.ts'
import { runJavaTool, spawnBroker, tailOf, type KafkaClasses, type ToolOutput } from './java.ts'
import { KAFKA_VERSION, resolveClasspath } from './jars.ts'
import {
  newClusterId,
  nodePorts,
  writeNodeFiles,
  type ExtraListener,
  type NodeFiles,
  type NodePorts,
} from './node-config.ts'
import { isBrokerReady } from './probe.ts'

/** The folders of local brokers. */
const DIRS: DirKind = { prefix: 'freshet-apache-kafka-', endWith: 'SIGTERM' }
/** A start takes seconds of processor time, which a machine with much other work spreads over minutes. */
const READY_TIMEOUT_MS = 180_000
const READY_POLL_MS = 50
const STOP_GRACE_MS = 5_000
/** A broker that is killed writes into its folder until the kernel has ended it. */
const REMOVE = { recursive: true, force: true, maxRetries: 5 } as const

/** A Kafka to work with: our own on loopback, or the one that `KAFKA_BROKERS` names. */
export interface LocalKafka {
  readonly kind: 'external' | `apache-kafka ${string}`
  readonly brokers: readonly string[]
  /** Addresses of the listeners that were asked for, by name. */
  readonly listeners: Readonly<Record<string, string>>
  /** Process id of the Java child and its temporary folder; null for an external Kafka. */
  readonly pid: number | null
  readonly dir: string | null
  /** Classpath with Kafka's own tools; null for an external Kafka. */
  readonly classpath: string | null
  /** Runs a Java tool of Kafka, for instance its console consumer, to its end. */
  javaTool(mainClass: string, args: readonly string[]): Promise<ToolOutput>
  /** Ends the broker, by SIGKILL if asked so, and starts it again on the same ports and data. */
  restart(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Ends the broker and keeps its data. */
  end(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts an ended broker again on the same ports and data. */
  start(): Promise<void>
  /** Stops the broker where it is, or lets it go on. */
  signal(what: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends the broker and removes its folder. Safe to call twice. */
  stop(): Promise<void>
}

/** Options of the start: all members are optional. */
export interface StartOptions {
  /** Folder under which the temporary folder is made. Default: the system's. */
  readonly dir?: string
  /** Gives up starting, and stops what was started. */
  readonly signal?: AbortSignal
  /** Called with one line for each step that takes time. */
  readonly onProgress?: (line: string) => void
  /** Listeners with TLS, beside the plain one, by name. */
  readonly listeners?: Readonly<Record<string, ExtraListener['protocol']>>
  /** Settings of the broker, by Kafka's own names; they win over the defaults. */
  readonly settings?: Readonly<Record<string, string>>
  /** Flags of the broker's Java VM, such as system properties. */
  readonly vmFlags?: readonly string[]
  /** Users of SCRAM-SHA-512 that exist from the start, with their passwords. */
  readonly users?: Readonly<Record<string, string>>
  /** The place of the node in a cluster. Default: it is a cluster of its own. */
  readonly member?: { readonly clusterId: string; readonly ports: NodePorts }
}

interface RunningNode {
  readonly dir: string
  readonly files: NodeFiles
  readonly ports: NodePorts
  readonly listeners: readonly ExtraListener[]
  readonly classes: KafkaClasses
  child: ChildProcess
}

/**
 * Starts a real Apache Kafka (KRaft, one combined node) and resolves when it answers requests.
 *
 * It first cleans up after earlier runs. If this process ends without `stop`, the broker is ended with it;
 * after a SIGKILL of this process, the next start finds and ends it.
 *
 * @throws Error with the tail of the broker's log when it does not come up
 */
export async function startKafka(options: StartOptions = {}): Promise<LocalKafka> {
  await cleanUpLeftovers(DIRS, options.dir)
  const classpath = await resolveClasspath(undefined, options.onProgress)
  const flags = await archiveFlags(classpath, (added) =>
    runOnce({ classpath, flags: added }, options),
  )
  const classes = { classpath, flags: [...flags, ...(options.vmFlags ?? [])] }
  const dir = makeOwnedDir(DIRS, options.dir)
  const endAtExit = (): void => rmSync(dir, REMOVE)
  process.once('exit', endAtExit)
  try {
    const ports = options.member?.ports ?? (await nodePorts())
    const listeners = await placed(options.listeners ?? {})
    const files = writeNodeFiles(dir, ports, { listeners, settings: options.settings ?? {} })
    await format(classes, files, options)
    const child = launch(classes, files, dir)
    const node: RunningNode = { dir, files, ports, listeners, classes, child }
    await becomeReady(node, options.signal)
    return handleOf(node, () => process.removeListener('exit', endAtExit))
  } catch (error) {
    process.removeListener('exit', endAtExit)
    endAtExit()
    throw error
  }
}

/** A broker from its start to its end, in a folder of its own. */
async function runOnce(classes: KafkaClasses, { dir: under, signal }: StartOptions): Promise<void> {
  const dir = makeOwnedDir(DIRS, under)
  try {
    const ports = await nodePorts()
    const files = writeNodeFiles(dir, ports)
    await format({ ...classes, flags: [] }, files, {})
    const child = launch(classes, files, dir)
    await becomeReady({ dir, files, ports, listeners: [], classes, child }, signal)
    await endChild(child, 'SIGTERM', READY_TIMEOUT_MS)
  } finally {
    rmSync(dir, REMOVE)
  }
}

async function placed(
  wanted: Readonly<Record<string, ExtraListener['protocol']>>,
): Promise<readonly ExtraListener[]> {
  const entries = Object.entries(wanted)
  const ports = await freePorts(entries.length)
  return entries.map(([name, protocol], at) => ({ name, protocol, port: ports[at] ?? 0 }))
}

async function format(
  classes: KafkaClasses,
  files: NodeFiles,
  { users = {}, member, signal }: StartOptions,
): Promise<void> {
  const scram = Object.entries(users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ])
  const clusterId = member?.clusterId ?? newClusterId()
  const args = ['format', '-t', clusterId, '-c', files.properties, ...scram]
  await runJavaTool(classes, 'kafka.tools.StorageTool', args, signal)
}

function launch(classes: KafkaClasses, files: NodeFiles, dir: string): ChildProcess {
  const child = spawnBroker(classes, files)
  noteChild(dir, child.pid ?? null)
  const killChild = (): void => void child.kill('SIGKILL')
  // Before its folder is removed: a broker that runs puts new files there, and the removal fails.
  process.prependOnceListener('exit', killChild)
  child.once('exit', () => process.removeListener('exit', killChild))
  // Without a listener a failed spawn would be an uncaught error; readiness reports it.
  child.on('error', () => {})
  return child
}

async function becomeReady(node: RunningNode, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (!(await isBrokerReady(node.ports.broker))) {
    const why = whyGiveUp(node.child, deadline, signal)
    if (why !== null) {
      const tail = tailOf(node.files)
      await endChild(node.child, 'SIGKILL')
      throw new Error(`Kafka ${KAFKA_VERSION} did not start: ${why}\n${tail}`)
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
}

function whyGiveUp(child: ChildProcess, deadline: number, signal?: AbortSignal): string | null {
  if (signal?.aborted) return 'the start was aborted'
  if (hasEnded(child)) return `the process ended (code ${child.exitCode}, ${child.signalCode})`
  return performance.now() > deadline ? `no answer within ${READY_TIMEOUT_MS} ms` : null
}

function handleOf(node: RunningNode, forget: () => void): LocalKafka {
  return {
    kind: `apache-kafka ${KAFKA_VERSION}`,
    brokers: [`127.0.0.1:${node.ports.broker}`],
    listeners: Object.fromEntries(
      node.listeners.map(({ name, port }) => [name, `127.0.0.1:${port}`]),
    ),
    get pid() {
      return node.child.pid ?? null
    },
    dir: node.dir,
    classpath: node.classes.classpath,
    javaTool: (mainClass, args) => runJavaTool(node.classes, mainClass, args),
    async restart(how) {
      await this.end(how)
      await this.start()
    },
    end: (how = 'SIGTERM') => endChild(node.child, how),
    signal: (what) => void node.child.kill(what),
    async start() {
      node.child = launch(node.classes, node.files, node.dir)
      await becomeReady(node)
    },
    async stop() {
      await endChild(node.child, 'SIGTERM')
      rmSync(node.dir, REMOVE)
      forget()
    },
  }
}

async function endChild(
  child: ChildProcess,
  how: 'SIGTERM' | 'SIGKILL',
  graceMs: number = STOP_GRACE_MS,
): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return
  const ended = once(child, 'exit')
  if (how === 'SIGKILL') child.kill('SIGKILL')
  else await endProcess(child.pid, 'SIGTERM', graceMs)
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
