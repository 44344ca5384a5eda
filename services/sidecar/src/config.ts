import { readConfig, setting } from '@freshet/runtime'
import * as z from 'zod'

const variables = {
  brokers: setting(
    'KAFKA_BROKERS',
    z.string().transform((text) => text.split(',').map((each) => each.trim())),
  ),
  issuer: setting('FRESHET_ISSUER', z.url()),
  /** What a question is about that names no audience. */
  audience: setting('FRESHET_AUDIENCE', z.string().min(1)),
  /** Names this sidecar in reports; by default it is made up at each start. */
  edgeId: setting(
    'FRESHET_EDGE_ID',
    z
      .string()
      .regex(/^[\w.:-]{1,128}$/)
      .optional(),
  ),
  /** Its routes tell what a request that a proxy forwards needs. */
  registry: setting('FRESHET_REGISTRY', z.string().min(1).optional()),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_073)),
  /** The reconciler's: a token that lives longer is refused. */
  tokenLifeMaxMs: setting(
    'FRESHET_TOKEN_LIFE_MAX_MS',
    z.coerce.number().int().min(60_000).max(86_400_000).default(3_600_000),
  ),
}

/** What the sidecar is told by its environment. */
export interface SidecarConfig {
  readonly brokers: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly edgeId: string | undefined
  readonly registry: string | undefined
  readonly port: number
  readonly tokenLifeMaxMs: number
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function sidecarConfig(env: NodeJS.ProcessEnv): SidecarConfig {
  return readConfig(env, variables)
}
