import { readConfig, setting } from '@freshet/wire/environment'
import { kafkaRelations, kafkaVariables, type KafkaSettings } from '@freshet/kafka/environment'
import {
  listenAddress,
  databaseRelations,
  type DatabaseSettings,
  databaseVariables,
} from '@freshet/runtime'
import * as z from 'zod'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

const variables = {
  ...databaseVariables,
  ...kafkaVariables,
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  stampKeysFile: setting('FRESHET_STAMP_KEYS_FILE', z.string().min(1)),
  issuer: setting('FRESHET_ISSUER', z.url()),
  tokenKeysFile: setting('FRESHET_TOKEN_KEYS_FILE', z.string().min(1)),
  checkpointJwksFile: setting('FRESHET_CHECKPOINT_JWKS_FILE', z.string().min(1)),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_072)),
  tokenLifeMaxMs: setting(
    'FRESHET_TOKEN_LIFE_MAX_MS',
    z.coerce.number().int().min(60_000).max(DAY_MS).default(HOUR_MS),
  ),
}

/** The authority's configuration from its environment. */
export interface AuthorityConfig extends DatabaseSettings, KafkaSettings {
  /** Path of the registry file. */
  readonly registry: string
  /** Path of the keys of stamps, for revocations in our own name; read anew while running. */
  readonly stampKeysFile: string
  /** Our `iss`, and the URL that all routes stand below. */
  readonly issuer: string
  /** Path of the private keys that sign tokens; read anew while running. */
  readonly tokenKeysFile: string
  /** Public keys of the reconciler's checkpoints; read anew while running. */
  readonly checkpointJwksFile: string
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
  /** Longest life of a token that any edge accepts; watermarks outlive it. */
  readonly tokenLifeMaxMs: number
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function authorityConfig(env: NodeJS.ProcessEnv): AuthorityConfig {
  return readConfig(env, variables, [...databaseRelations, ...kafkaRelations])
}
