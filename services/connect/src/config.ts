import { listenAddress, readDatabaseSettings, type DatabaseSettings } from '@freshet/runtime'
import { readConfig, setting } from '@freshet/wire/environment'
import * as z from 'zod'

const list = z.string().transform((text) => text.split(',').map((each) => each.trim()))

const variables = {
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  gateway: setting('FRESHET_GATEWAY_URL', z.url()),
  /** A folder with the keys of sources and the secrets of their upstream systems. */
  secrets: setting('FRESHET_CONNECT_SECRETS', z.string().min(1)),
  /** The sources whose upstream systems it reads; without: every source that has one. */
  sources: setting('FRESHET_CONNECT_SOURCES', list.optional()),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_076)),
}

/** The configuration of the process from its environment. */
export interface ConnectConfig {
  /** Path of the registry file. */
  readonly registry: string
  readonly gateway: string
  /** The folder of keys and secrets; see `secretsIn`. */
  readonly secrets: string
  readonly sources: readonly string[] | undefined
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
}

/**
 * Reads how the process reaches Postgres. Only the kind `scim` needs it.
 *
 * @throws `config.invalid` with every problem at once
 */
export function databaseConfig(env: NodeJS.ProcessEnv): DatabaseSettings {
  return readDatabaseSettings(env)
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function connectConfig(env: NodeJS.ProcessEnv): ConnectConfig {
  return readConfig(env, variables)
}
