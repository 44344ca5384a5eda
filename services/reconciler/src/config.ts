import { readConfig, secret, setting } from '@freshet/runtime'
import * as z from 'zod'

const variables = {
  databaseUrl: secret('DATABASE_URL', z.url()),
  brokers: setting(
    'KAFKA_BROKERS',
    z.string().transform((text) => text.split(',').map((each) => each.trim())),
  ),
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  issuer: setting('FRESHET_ISSUER', z.url()),
  stampKey: secret(
    'FRESHET_STAMP_KEY',
    z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9_-]{43}$/),
  ),
  checkpointKeysFile: setting('FRESHET_CHECKPOINT_KEYS_FILE', z.string().min(1)),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_071)),
  tokenLifeMaxMs: setting(
    'FRESHET_TOKEN_LIFE_MAX_MS',
    z.coerce.number().int().min(60_000).max(86_400_000).default(3_600_000),
  ),
}

/** What the reconciler is told by its environment. */
export interface ReconcilerConfig {
  readonly databaseUrl: string
  readonly brokers: readonly string[]
  /** Path of the registry file. */
  readonly registry: string
  /** Issuer of the tokens, as revocations name it. */
  readonly issuer: string
  /** The key that gateways and reconcilers share; base64url. */
  readonly stampKey: string
  /** Path of the private keys that sign checkpoints; read anew while running. */
  readonly checkpointKeysFile: string
  readonly port: number
  /** Longest life of a token that any edge accepts; watermarks outlive it. */
  readonly tokenLifeMaxMs: number
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function reconcilerConfig(env: NodeJS.ProcessEnv): ReconcilerConfig {
  return readConfig(env, variables)
}
