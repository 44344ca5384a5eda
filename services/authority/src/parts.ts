import { Admission } from '@freshet/authority'
import { publishedKeys } from '@freshet/events'
import { createIntake } from '@freshet/intake'
import type { Kafka } from '@freshet/kafka'
import {
  postgresAssertionStore,
  postgresMintStore,
  postgresStampStore,
  postgresValidationStore,
  type Database,
} from '@freshet/postgres'
import {
  randomId,
  randomShare as random,
  systemClock,
  type LoadedRegistryFile,
} from '@freshet/runtime'
import type { AuthorityConfig } from './config.ts'
import type { AuthorityKeys } from './open-keys.ts'
import type { AuthorityParts } from './routes.ts'
import { tokenDenials } from './token-denials.ts'

/** What the process has opened and read. */
export interface Opened {
  readonly config: AuthorityConfig
  readonly loaded: LoadedRegistryFile
  readonly database: Database
  readonly kafka: Kafka
  readonly keys: AuthorityKeys
}

/** Wires the OAuth endpoints and run-time validation. */
export function wireParts({
  config,
  loaded,
  database,
  kafka,
  keys: { tokens: keys, stamps },
}: Opened): Omit<AuthorityParts, 'checkpointJwks' | 'logger'> {
  const { issuer, tokenLifeMaxMs: lifeMaxMs } = config
  const { registry, identityProviderKeys, clientKeys } = loaded
  const store = postgresMintStore(database)
  const clock = systemClock
  const assertions = postgresAssertionStore(database)
  const authentication = { clients: registry.clients, clientKeys, assertions, issuer, clock }
  const intake = createIntake({
    registry,
    store: postgresStampStore(database),
    writer: kafka.writer(),
    macKey: stamps.making,
    timer: clock,
  })
  const admission = new Admission({ clock, random })
  return {
    random,
    issuing: {
      store,
      clock,
      randomId,
      keys,
      issuer,
      loaded,
      identityProviderKeys,
      authentication,
      admission,
    },
    ledger: store,
    validation: postgresValidationStore(database),
    denials: tokenDenials(intake),
    lifeMaxMs,
    tokenKeys: publishedKeys(keys, clock),
  }
}
