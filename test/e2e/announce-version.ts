import { readRegistryDocument } from '@freshet/registry'
import { createIntake } from '@freshet/intake'
import { createDatabase, postgresStampStore } from '@freshet/postgres'
import { createLogger, loadRegistry, systemClock, watchStampKeys } from '@freshet/runtime'
import { kafkaOf } from './direct-world.ts'
import type { TestStack } from './test-stack.ts'

/** Activates a version that is not published, as after a restore of the database alone. */
export async function announce(stack: TestStack, file: string): Promise<void> {
  const { document } = await loadRegistry(file)
  const { registry, hash } = readRegistryDocument(document)
  const kafka = kafkaOf(stack)
  const ending = new AbortController()
  await using database = createDatabase({
    url: stack.at.databaseUrl,
    applicationName: 'freshet-test',
  })
  try {
    const keys = await watchStampKeys({
      path: stack.workspace.keys.stamps,
      name: 'stamps',
      timer: systemClock,
      logger: createLogger('test', 'silent'),
      signal: ending.signal,
    })
    const intake = createIntake({
      registry,
      store: postgresStampStore(database),
      writer: kafka.writer(),
      macKey: keys.making,
      timer: systemClock,
    })
    await intake.activateRegistry({ pv: registry.version, hash })
  } finally {
    ending.abort()
    await kafka.close()
  }
}
