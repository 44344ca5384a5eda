import { readConfig, secret, setting } from '@freshet/wire/environment'
import { kafkaRelations, kafkaVariables, type KafkaSettings } from '@freshet/kafka/environment'
import {
  type AdminToken,
  adminTokens,
  listenAddress,
  protectedUrl,
  databaseRelations,
  type DatabaseSettings,
  databaseVariables,
  replicaProblem,
} from '@freshet/runtime'
import * as z from 'zod'
import {
  oidcClientKey,
  oidcIssuer,
  oidcProblem,
  oidcRoles,
  oidcScope,
  oidcSettings,
  type OidcSettings,
} from './login/oidc-settings.ts'
import { healthServices } from './health/health-settings.ts'
import { probeEdges, probeKeys, probesInClear, type ProbeKeys } from './probe/probe-settings.ts'

const variables = {
  ...databaseVariables,
  databaseReadUrl: secret('DATABASE_READ_URL', z.url().optional()),
  ...kafkaVariables,
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  slos: setting('FRESHET_SLOS', z.string().min(1).optional()),
  issuer: setting('FRESHET_ISSUER', z.url()),
  admins: secret('FRESHET_ADMIN_TOKENS', adminTokens),
  publicUrl: setting('FRESHET_URL', protectedUrl.optional()),
  gateway: setting('FRESHET_GATEWAY_URL', protectedUrl.optional()),
  name: setting(
    'FRESHET_CONSOLE_NAME',
    z
      .string()
      .regex(/^[\w.@-]{1,64}$/)
      .default('console'),
  ),
  voucherKeysFile: setting('FRESHET_VOUCHER_KEYS_FILE', z.string().min(1).optional()),
  oidcIssuer: setting('FRESHET_OIDC_ISSUER', oidcIssuer.optional()),
  oidcClientId: setting('FRESHET_OIDC_CLIENT_ID', z.string().min(1).optional()),
  oidcClientSecret: secret('FRESHET_OIDC_CLIENT_SECRET', z.string().min(1).optional()),
  oidcClientKey: secret('FRESHET_OIDC_CLIENT_KEY', oidcClientKey.optional()),
  oidcScope: setting('FRESHET_OIDC_SCOPE', oidcScope.default('openid')),
  oidcRoles: setting('FRESHET_OIDC_ROLES', oidcRoles.optional()),
  services: setting('FRESHET_SERVICES', healthServices.optional()),
  probeEdges: setting('FRESHET_PROBE_EDGES', probeEdges.optional()),
  probeAllowPlaintext: setting('FRESHET_PROBE_ALLOW_PLAINTEXT', z.stringbool().default(false)),
  probeKeys: secret('FRESHET_PROBE_KEYS', probeKeys.optional()),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_075)),
}

/** The console's configuration from its environment. */
export interface ConsoleConfig extends DatabaseSettings, KafkaSettings {
  /** A streaming replica that answers the reads of evidence; absent: the primary does. */
  readonly databaseReadUrl?: string | undefined
  /** Path of the registry file. */
  readonly registry: string
  /** Path of the file of objectives, OpenSLO. Default: those of the release. */
  readonly slos?: string | undefined
  /** The authority's issuer URL: its keys verify the tokens that are explained. */
  readonly issuer: string
  /** The admins who are allowed to ask. */
  readonly admins: readonly AdminToken[]
  /** The address that browsers open, unless it is loopback; https binds cookies to it. */
  readonly publicUrl?: string | undefined
  /** Carries out what is ordered on a page. */
  readonly gateway?: string | undefined
  /** This console's name at gateways. */
  readonly name: string
  /** Path of the private keys by which it vouches at the gateway for people; read anew while running. */
  readonly voucherKeysFile?: string | undefined
  /** The provider that logs admins in, and what their claims give them; absent: tokens alone do. */
  readonly oidc?: OidcSettings | undefined
  /** URLs of the services that it asks whether they are ready, by name; absent: it asks none. */
  readonly services?: ReadonlyMap<string, string> | undefined
  /** URLs of the sidecars that probes are shown to, by name; absent: nothing is probed. */
  readonly probeEdges?: ReadonlyMap<string, string> | undefined
  /** The keys that probes sign with. */
  readonly probeKeys?: ProbeKeys | undefined
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function consoleConfig(env: NodeJS.ProcessEnv): ConsoleConfig {
  const config = readConfig(env, variables, [
    ...databaseRelations,
    ({ databaseReadUrl, databaseAllowPlaintext }) =>
      replicaProblem(databaseReadUrl, databaseAllowPlaintext),
    ...kafkaRelations,
    oidcProblem,
    probesInClear,
    ({ probeEdges: edges, probeKeys: keys, gateway }) =>
      (edges === undefined) === (keys === undefined) &&
      (edges === undefined || gateway !== undefined)
        ? undefined
        : 'FRESHET_PROBE_EDGES, FRESHET_PROBE_KEYS and FRESHET_GATEWAY_URL: probes need all of them',
    ({ voucherKeysFile, gateway }) =>
      voucherKeysFile === undefined || gateway !== undefined
        ? undefined
        : 'FRESHET_VOUCHER_KEYS_FILE needs FRESHET_GATEWAY_URL: vouchers are for a gateway',
  ])
  return { ...config, oidc: oidcSettings(config) }
}
