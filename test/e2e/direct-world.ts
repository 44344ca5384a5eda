import { readFile } from 'node:fs/promises'
import { importSigningKey, type LogRecord, type SigningKey } from '@freshet/wire'
import { createDirectSource, type DirectSource } from '@freshet/intake'
import { createKafka, type Kafka } from '@freshet/kafka'
import { createDatabase } from '@freshet/postgres'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'

const RECORDS_MAX = 100_000
const decoder = new TextDecoder()

/** Returns the private key of a source of the stack. */
export async function signingKeyOf(stack: Stack, source: string): Promise<SigningKey> {
  const keyFile = stack.workspace.sources[source]?.keyFile ?? ''
  return importSigningKey(JSON.parse(await readFile(keyFile, 'utf8')))
}

/** Returns a connection to the stack's broker. */
export function kafkaOf({ at }: Stack): Kafka {
  return createKafka({ brokers: [...at.brokers], clientId: 'freshet-e2e' })
}

/** Makes a source leave the gateway and continue, with its present numbers, on the topic itself. */
export async function leaveGateway(
  stack: Stack,
  source: string,
  kafka: Kafka,
): Promise<DirectSource> {
  const last = await numbersOf(stack, source)
  const given = new Map<string, bigint>()
  return createDirectSource({
    source,
    key: await signingKeyOf(stack, source),
    writer: kafka.writer(),
    numbers: {
      numberOf: async (_, partition, id) => {
        const known = given.get(`${partition} ${id}`)
        if (known !== undefined) return known
        const number = (last.get(partition) ?? 0n) + 1n
        last.set(partition, number)
        given.set(`${partition} ${id}`, number)
        return number
      },
      last: async (_, partition) => last.get(partition) ?? 0n,
    },
  })
}

async function numbersOf({ at }: Stack, source: string): Promise<Map<number, bigint>> {
  await using db = createDatabase({ url: at.databaseUrl, max: 1, applicationName: 'freshet-test' })
  const text = `
    SELECT partition, max(number) AS last FROM stamp
    WHERE tenant = $1 AND source = $2 GROUP BY partition`
  const { rows } = await db.query<{ partition: number; last: bigint }>({ name: '', text }, [
    DEV_TENANT,
    source,
  ])
  return new Map(rows.map(({ partition, last }) => [partition, last]))
}

/** The place of a record. */
export interface Place {
  readonly partition: number
  readonly offset: bigint
}

/** Returns the record at a place. */
export async function recordAt(
  kafka: Kafka,
  topic: string,
  { partition, offset }: Place,
): Promise<LogRecord | undefined> {
  return (await kafka.reader().read(topic, partition, offset, 1))[0]
}

/** Returns all records of a topic. */
export async function recordsOf(kafka: Kafka, topic: string): Promise<readonly LogRecord[]> {
  const reader = kafka.reader()
  const bounds = await reader.bounds(topic)
  const reads = bounds.map(({ partition, earliest }) =>
    reader.read(topic, partition, earliest, RECORDS_MAX),
  )
  return (await Promise.all(reads)).flat()
}

/** Returns a header as text; undefined if there is none. */
export function header(record: LogRecord | undefined, name: string): string | undefined {
  const bytes = record?.headers[name]
  return bytes && decoder.decode(bytes)
}
