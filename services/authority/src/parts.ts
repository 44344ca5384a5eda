import { Admission, ClientBudgets, EndpointLimiter, type TokenDenials } from '@freshet/authority'
import type { CedarPolicies } from '@freshet/cedar'
import { createIntake, type Intake } from '@freshet/intake'
import type { Kafka } from '@freshet/kafka'
import {
  postgresAssertionStore,
  postgresAuditLog,
  postgresMintStore,
  postgresStampStore,
  postgresValidationStore,
  type Database,
} from '@freshet/postgres'
import type { Registry } from '@freshet/protocol'
import type { Versions } from '@freshet/registry'
import { randomId, randomShare as random, systemClock as clock } from '@freshet/runtime'
import { publishedKeys, PublishedKeySets, type KeyOrigin } from '@freshet/wire'
import type { AuthorityConfig } from './config.ts'
import type { AuthorityKeys } from './open/open-keys.ts'
import type { AuthorityParts } from './routes.ts'

/** Identity providers whose published keys are held; tokens of further ones are refused. */
const PROVIDER_KEY_SETS_MAX = 1_024

/** The parts that the process has opened and read. */
export interface Opened {
  readonly config: AuthorityConfig
  readonly versions: Pick<Versions, 'current' | 'last'>
  readonly database: Database
  readonly kafka: Kafka
  readonly keys: AuthorityKeys
  readonly policies: CedarPolicies
}

/** Wires the OAuth endpoints and run-time validation. */
export function wireParts({
  config,
  versions,
  database,
  kafka,
  keys: { tokens: keys, stamps, checkpointJwks },
  policies,
}: Opened): Omit<AuthorityParts, 'logger' | 'onCredentialRefused'> & {
  readonly limiter: EndpointLimiter
  readonly budgets: ClientBudgets
} {
  const { issuer, tokenLifeMaxMs: lifeMaxMs } = config
  const store = postgresMintStore(database, clock)
  const assertions = postgresAssertionStore(database)
  const intake = createIntake({
    get registry() {
      return versions.current().registry
    },
    store: postgresStampStore(database),
    writer: kafka.writer(),
    macKey: stamps.making,
    timer: clock,
  })
  const admission = new Admission({ clock, random })
  const providerKeys = openProviderKeys(versions)
  const budgets = new ClientBudgets(clock)
  return {
    limiter: new EndpointLimiter({ admission, clock }),
    budgets,
    random,
    clock,
    issuer,
    issuing() {
      const loaded = versions.current()
      const { registry, identityProviderKeys, clientKeys } = loaded
      const authentication = { clients: registry.clients, clientKeys, assertions, issuer, clock }
      const shared = { store, clock, randomId, keys, issuer, admission, budgets }
      const fromProviders = { identityProviderKeys, publishedKeys: providerKeys }
      return { ...shared, loaded, ...fromProviders, authentication }
    },
    ledger: store,
    validation: postgresValidationStore(database),
    audit: postgresAuditLog(database),
    policies: () => policies.of(versions.current()),
    denials: tokenDenials(intake),
    lifeMaxMs,
    tokenKeys: publishedKeys(keys, clock),
    checkpointJwks,
  }
}

/** Key sets that identity providers publish: read when the first token comes, and held here. */
function openProviderKeys({ last }: Pick<Versions, 'last'>): PublishedKeySets {
  return new PublishedKeySets({
    fetch,
    timer: clock,
    setsMax: PROVIDER_KEY_SETS_MAX,
    inForce: () => publishedOrigins(last().registry),
  })
}

/** The identity providers that publish their keys. */
function publishedOrigins({ tenants }: Registry): readonly KeyOrigin[] {
  const providers = [...tenants.values()].flatMap(({ identityProviders }) => identityProviders)
  return providers.flatMap(({ issuer, published }) => (published ? [{ issuer, published }] : []))
}

/** Denials of tokens as changes in our own name. One that fails half-way a gateway sweeps. */
export function tokenDenials(intake: Intake): TokenDenials {
  return {
    async denyToken({ tenant, jti: target, expMs }) {
      const statement = { kind: 'deny', scope: 'token', target, expMs } as const
      await intake.acceptOwnChange({ tenant, statement })
    },
  }
}
