import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '@freshet/owned-dir'

/** The ports of one combined node, all on loopback. */
export interface NodePorts {
  readonly broker: number
  readonly controller: number
}

/** A listener beside the plain one, on a port of its own. */
export interface ExtraListener {
  readonly name: string
  readonly protocol: 'SASL_SSL' | 'SSL'
  readonly port: number
}

/** The settings of a broker beside its defaults. */
export interface MoreSettings {
  readonly listeners: readonly ExtraListener[]
  /** Kafka's own setting names; they win over the defaults. */
  readonly settings: Readonly<Record<string, string>>
}

const NOTHING_MORE: MoreSettings = { listeners: [], settings: {} }

/** The files that one broker runs from. */
export interface NodeFiles {
  readonly properties: string
  readonly logging: string
  readonly log: string
}

/** Free ports for the broker and the controller of one node. */
export async function nodePorts(): Promise<NodePorts> {
  const [broker = 0, controller = 0] = await freePorts(2)
  return { broker, controller }
}

/** Writes the configuration of a combined node for tests and development into its folder. */
export function writeNodeFiles(
  dir: string,
  ports: NodePorts,
  more: MoreSettings = NOTHING_MORE,
): NodeFiles {
  const files = {
    properties: join(dir, 'server.properties'),
    logging: join(dir, 'log4j2.properties'),
    log: join(dir, 'broker.log'),
  }
  writeFileSync(files.properties, toProperties(serverSettings(dir, ports, more)))
  writeFileSync(files.logging, toProperties(loggingSettings))
  return files
}

/** A cluster id in the form that Kafka's own tool makes: 16 random bytes, base64url. */
export function newClusterId(): string {
  // A leading dash would be read as an option by the format tool.
  return `f${randomBytes(16).toString('base64url').slice(1)}`
}

/** Small heap, no rebalance delay, one replica: a node that starts fast and serves one machine. */
export function serverSettings(
  dir: string,
  ports: NodePorts,
  { listeners, settings }: MoreSettings = NOTHING_MORE,
): Readonly<Record<string, string>> {
  const { broker, controller } = ports
  const extra = listeners.map(({ name, port }) => `,${name}://127.0.0.1:${port}`).join('')
  const protocols = listeners.map(({ name, protocol }) => `,${name}:${protocol}`).join('')
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}${extra}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}${extra}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'log.dirs': join(dir, 'data'),
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '2',
    // The default of 128 MiB does not fit the small heap.
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.retention.check.interval.ms': '1000',
    'controlled.shutdown.enable': 'false',
    // A broker killed hard may register again only when its last session is over (default 9 s).
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // The next controller is elected before the session of a dead broker begins to run out, so both add up.
    'controller.quorum.fetch.timeout.ms': '1500',
    'controller.quorum.election.timeout.ms': '500',
    'controller.quorum.election.backoff.max.ms': '500',
    // An idle controller writes a record twice a second by default, a third of what an idle node costs.
    'metadata.max.idle.interval.ms': '5000',
    ...settings,
  }
}

const loggingSettings: Readonly<Record<string, string>> = {
  status: 'error',
  'appender.console.type': 'Console',
  'appender.console.name': 'console',
  'appender.console.layout.type': 'PatternLayout',
  'appender.console.layout.pattern': '%d{ISO8601} %-5p %c{1}: %m%n',
  'rootLogger.level': 'info',
  'rootLogger.appenderRef.console.ref': 'console',
}

function toProperties(settings: Readonly<Record<string, string>>): string {
  // A backslash starts an escape in this format, which matters for folders on Windows.
  const lines = Object.entries(settings).map(([k, v]) => `${k}=${v.replaceAll('\\', '\\\\')}`)
  return `${lines.join('\n')}\n`
}
