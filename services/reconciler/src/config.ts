import { readConfig, setting } from '@freshet/wire/environment'
import { WATERMARK_MARGIN_MS } from '@freshet/protocol'
import { kafkaRelations, kafkaVariables, type KafkaSettings } from '@freshet/kafka/environment'
import {
  listenAddress,
  databaseRelations,
  type DatabaseSettings,
  databaseVariables,
} from '@freshet/runtime'
import * as z from 'zod'

const variables = {
  ...databaseVariables,
  ...kafkaVariables,
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  issuer: setting('FRESHET_ISSUER', z.url()),
  stampKeysFile: setting('FRESHET_STAMP_KEYS_FILE', z.string().min(1)),
  checkpointKeysFile: setting('FRESHET_CHECKPOINT_KEYS_FILE', z.string().min(1)),
  auditKeysFile: setting('FRESHET_AUDIT_KEYS_FILE', z.string().min(1)),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_071)),
  tokenLifeMaxMs: setting(
    'FRESHET_TOKEN_LIFE_MAX_MS',
    z.coerce.number().int().min(60_000).max(86_400_000).default(3_600_000),
  ),
  sessionLifeMaxMs: setting(
    'FRESHET_SESSION_LIFE_MAX_MS',
    z.coerce.number().int().min(3_600_000).max(315_360_000_000).default(34_560_000_000),
  ),
}

/** The reconciler's configuration from its environment. */
export interface ReconcilerConfig extends DatabaseSettings, KafkaSettings {
  /** Path of the registry file. */
  readonly registry: string
  /** Issuer of the tokens, as revocations name it. */
  readonly issuer: string
  /** Path of the keys of stamps, which gateways and reconcilers share; read anew while running. */
  readonly stampKeysFile: string
  /** Path of the private keys that sign checkpoints; read anew while running. */
  readonly checkpointKeysFile: string
  /** Path of the private keys that sign heads of the audit; read anew while running. */
  readonly auditKeysFile: string
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
  /** Longest life of a token that any edge accepts; watermarks outlive it. */
  readonly tokenLifeMaxMs: number
  /** Longest session of any identity provider; minting refuses a denied session for as long. */
  readonly sessionLifeMaxMs: number
}

/** Base moves in steps of ten seconds, and waits for heartbeats and the broker. */
const BASE_LAG_MS = 60_000

/** The least age of a partition's base: older tokens have expired. */
export function baseAgeMs({ tokenLifeMaxMs }: ReconcilerConfig): number {
  return tokenLifeMaxMs + WATERMARK_MARGIN_MS
}

/**
 * The time that the topic of revocations must keep records: an edge that starts reads all that follows base.
 */
export function revocationsKeptMs(config: ReconcilerConfig): number {
  return baseAgeMs(config) + BASE_LAG_MS
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function reconcilerConfig(env: NodeJS.ProcessEnv): ReconcilerConfig {
  return readConfig(env, variables, [...databaseRelations, ...kafkaRelations])
}
