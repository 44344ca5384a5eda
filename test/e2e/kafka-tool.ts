import { createKafka } from '@freshet/kafka'
import { runJavaTool } from '../../infra/kafka/src/java.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { kafkaClasses } from '../setup/kafka-classes.ts'

const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
/** Bounds a wait that only a lost record could cause. */
const LATE_MS = '20000'
const SEPARATOR = '|'

/** A record as Kafka's own console consumer printed it. */
export interface PrintedRecord {
  readonly partition: number
  readonly offset: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
  readonly value: string
}

/**
 * Returns everything that Kafka's own Java console consumer prints of a topic from its beginning, while no
 * process writes to it.
 */
export async function printTopic(stack: Stack, topic: string): Promise<readonly PrintedRecord[]> {
  const count = await recordsIn(stack, topic)
  const properties = [
    ...['partition', 'offset', 'headers', 'key'].map((name) => `print.${name}=true`),
    `key.separator=${SEPARATOR}`,
  ]
  const options = {
    'bootstrap-server': stack.at.brokers.join(','),
    topic,
    'max-messages': String(count),
    'timeout-ms': LATE_MS,
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const { stdout } = await runJavaTool(await kafkaClasses(), CONSUMER, [
    ...args,
    '--from-beginning',
    ...properties.flatMap((property) => ['--formatter-property', property]),
  ])
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('Partition:'))
    .map(parseLine)
}

async function recordsIn({ at }: Stack, topic: string): Promise<number> {
  const kafka = createKafka({ brokers: [...at.brokers], clientId: 'freshet-e2e' })
  try {
    const bounds = await kafka.reader().bounds(topic)
    return bounds.reduce((sum, { earliest, end }) => sum + Number(end - earliest), 0)
  } finally {
    await kafka.close()
  }
}

function parseLine(line: string): PrintedRecord {
  const [partition = '', offset = '', headers = '', key = '', ...value] = line.split(SEPARATOR)
  const pairs = headers.split(',').map((header) => {
    const at = header.indexOf(':')
    return [header.slice(0, at), header.slice(at + 1)] as const
  })
  return {
    partition: Number(partition.replace('Partition:', '')),
    offset: offset.replace('Offset:', ''),
    headers: Object.fromEntries(pairs),
    key,
    value: value.join(SEPARATOR),
  }
}
