import { EVERY_TENANT, OWN_SOURCE, PARTITIONS } from '@freshet/protocol'
import { readRegistryDocument } from '@freshet/registry'
import { CHANGES_TOPIC, encodeChange, stampRecord, type LogWriter } from '@freshet/wire'
import { createIntake } from '@freshet/intake'
import { createDatabase, postgresStampStore } from '@freshet/postgres'
import { createLogger, loadRegistry, systemClock, watchStampKeys } from '@freshet/runtime'
import { kafkaOf } from './direct-world.ts'
import type { TestStack } from './test-stack.ts'

/** Above every number that the gateways of a test assign. */
const LATE_NUMBER = 1_000_000n

/** Activates a version that is not published, as after a restore of the database alone. */
export async function announce(stack: TestStack, file: string): Promise<void> {
  const { document } = await loadRegistry(file)
  const { registry, hash } = readRegistryDocument(document)
  await using database = createDatabase({
    url: stack.at.databaseUrl,
    applicationName: 'freshet-test',
  })
  await asGateway(stack, async (writer, macKey) => {
    const store = postgresStampStore(database)
    const intake = createIntake({ registry, store, writer, macKey, timer: systemClock })
    await intake.activateRegistry({ pv: registry.version, hash })
  })
}

/** Appends the activation of a version to every partition, as a gateway does whose append comes late. */
export function announceLate(
  stack: TestStack,
  { pv, minimum }: { readonly pv: number; readonly minimum: number },
): Promise<void> {
  const record = encodeChange({
    kind: 'activate',
    tenant: EVERY_TENANT,
    source: OWN_SOURCE,
    id: `late-${pv}`,
    occurredAtMs: 0,
    sourceVersion: { epoch: 0n, n: BigInt(pv) },
    sequence: LATE_NUMBER,
    pv,
    hash: 'a'.repeat(43),
    minimum,
  })
  return asGateway(stack, async (writer, macKey) => {
    for (const partition of PARTITIONS) {
      const stamp = { partition, number: LATE_NUMBER }
      await writer.append(CHANGES_TOPIC, partition, [stampRecord(record, stamp, macKey())])
    }
  })
}

/** Gives a writer to the topics, and the key of the stack's gateways. */
async function asGateway(
  stack: TestStack,
  work: (writer: LogWriter, macKey: () => Uint8Array) => Promise<void>,
): Promise<void> {
  const kafka = kafkaOf(stack)
  const ending = new AbortController()
  try {
    const keys = await watchStampKeys({
      path: stack.workspace.keys.stamps,
      name: 'stamps',
      timer: systemClock,
      logger: createLogger('test', 'silent'),
      signal: ending.signal,
    })
    await work(kafka.writer(), keys.making)
  } finally {
    ending.abort()
    await kafka.close()
  }
}
