import { type Config, readConfig, secret, setting } from '@freshet/wire/environment'
import type { EdgeLimits } from '@freshet/edge'
import { kafkaRelations, kafkaVariables, type KafkaSettings } from '@freshet/kafka/environment'
import { listenAddress } from '@freshet/runtime'
import type { ValidatorClient } from '@freshet/edge'
import * as z from 'zod'
import type { ConfiguredClient } from './authority-client.ts'
import { proofProblem, type ProofConfig } from './proof-hooks.ts'

const list = z.string().transform((text) => text.split(',').map((each) => each.trim()))

const places = z.coerce.number().int().min(1).max(10_000_000).optional()

const clientsByTenant = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' })
      return z.NEVER
    }
  })
  .pipe(
    z.record(
      z.string().min(1),
      z.strictObject({ id: z.string().min(1), secret: z.string().min(1) }),
    ),
  )

const bytes = z.coerce.number().int().min(1_000_000).max(16_000_000_000).optional()

const variables = {
  ...kafkaVariables,
  issuer: setting('FRESHET_ISSUER', z.url()),
  /** The audience of a question that names none. */
  audience: setting('FRESHET_AUDIENCE', z.string().min(1)),
  /** Names this sidecar in reports; by default it is made up at each start. */
  edgeId: setting(
    'FRESHET_EDGE_ID',
    z
      .string()
      .regex(/^[\w.:-]{1,128}$/)
      .optional(),
  ),
  /** The client that asks the authority at run time: one that `introspects` the audience. */
  clientId: setting('FRESHET_CLIENT_ID', z.string().min(1).optional()),
  clientSecret: secret('FRESHET_CLIENT_SECRET', z.string().min(1).optional()),
  /** In place of the secret: a private JWK, which signs reports too. */
  clientKeyFile: setting('FRESHET_CLIENT_KEY_FILE', z.string().min(1).optional()),
  /** The same by tenant, as JSON. */
  clients: secret('FRESHET_CLIENTS', clientsByTenant.optional()),
  /** The tenants that the services behind it serve. */
  tenants: setting('FRESHET_TENANTS', list.optional()),
  /** Its routes have the requirements of a request that a proxy forwards. */
  registry: setting('FRESHET_REGISTRY', z.string().min(1).optional()),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_073)),
  /** Here proxies ask, and nothing but decisions is served. */
  proxyPort: setting(
    'FRESHET_PROXY_PORT',
    z.coerce.number().int().min(0).max(65_535).default(7_074),
  ),
  /** The confirmation methods of bound tokens that it verifies. */
  proof: setting('FRESHET_PROOF', list.pipe(z.array(z.enum(['dpop', 'mtls']))).optional()),
  /** Base URLs by which clients know the services: the authority that a proxy sends is not theirs. */
  proofUrls: setting('FRESHET_PROOF_URLS', list.optional()),
  /** The same for every sidecar; with it each proof needs a nonce. */
  proofNonceSecret: secret('FRESHET_PROOF_NONCE_SECRET', z.string().min(32).optional()),
  /** Into which header the proxy writes the certificate of a client, how, and from where. */
  certificateHeader: setting('FRESHET_PROOF_CERT_HEADER', z.string().min(1).optional()),
  certificateForm: setting(
    'FRESHET_PROOF_CERT_FORM',
    z.enum(['envoy', 'pem-url-encoded', 'der-base64']).optional(),
  ),
  certificateFrom: setting('FRESHET_PROOF_CERT_FROM', list.optional()),
  /** The reconciler's: a token that lives longer is refused. */
  tokenLifeMaxMs: setting(
    'FRESHET_TOKEN_LIFE_MAX_MS',
    z.coerce.number().int().min(60_000).max(86_400_000).default(3_600_000),
  ),
  /** Room for denials and for watermarks, of all tenants. The default is the edge's own. */
  denialsMax: setting('FRESHET_DENIALS_MAX', places),
  watermarksMax: setting('FRESHET_WATERMARKS_MAX', places),
  /** Verified tokens that are remembered, and their estimated bytes. The default is the edge's own. */
  verifiedTokensMax: setting('FRESHET_VERIFIED_TOKENS_MAX', places),
  verifiedTokenBytesMax: setting('FRESHET_VERIFIED_TOKEN_BYTES_MAX', bytes),
  /** The latest requests that were let in, and their estimated bytes; with 0 requests none is noted. */
  allowsMax: setting(
    'FRESHET_ALLOWS_MAX',
    z.coerce.number().int().min(0).max(10_000_000).optional(),
  ),
  allowBytesMax: setting('FRESHET_ALLOW_BYTES_MAX', bytes),
}

/** The sidecar's configuration from its environment. */
export interface SidecarConfig extends KafkaSettings, ProofConfig {
  readonly issuer: string
  readonly audience: string
  readonly edgeId: string | undefined
  /**
   * The client of this sidecar at the authority; without it high-risk requests are denied. One with a key
   * signs the reports of the edge too.
   */
  readonly client: ConfiguredClient | undefined
  /** The same for each tenant; a tenant that is not among them has the one above. */
  readonly clients: Readonly<Record<string, ValidatorClient>> | undefined
  /** The tenants that it serves, or `*`; without: the only one of an audience. */
  readonly tenants: readonly string[] | '*' | undefined
  readonly registry: string | undefined
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
  /** The port that proxies ask. */
  readonly proxyPort: number
  readonly tokenLifeMaxMs: number
  /** Bounds of the edge's tables; absent: its defaults. */
  readonly limits: EdgeLimits
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function sidecarConfig(env: NodeJS.ProcessEnv): SidecarConfig {
  const read = readConfig(env, variables, [...kafkaRelations, oneProof, proofProblem])
  const { clientId, clientSecret, clientKeyFile, ...others } = read
  const { denialsMax, watermarksMax, allowsMax, allowBytesMax, ...rest } = others
  const { verifiedTokensMax, verifiedTokenBytesMax, ...config } = rest
  const client =
    clientId === undefined ? undefined : clientOf(clientId, clientSecret, clientKeyFile)
  const limits: EdgeLimits = {
    ...(denialsMax === undefined ? {} : { denials: denialsMax }),
    ...(watermarksMax === undefined ? {} : { watermarks: watermarksMax }),
    ...(verifiedTokensMax === undefined ? {} : { verifiedTokens: verifiedTokensMax }),
    ...(verifiedTokenBytesMax === undefined ? {} : { verifiedTokenBytes: verifiedTokenBytesMax }),
    ...(allowsMax === undefined ? {} : { allows: allowsMax }),
    ...(allowBytesMax === undefined ? {} : { allowBytes: allowBytesMax }),
  }
  const tenants = config.tenants?.includes('*') ? '*' : config.tenants
  return { ...config, client, limits, tenants }
}

function clientOf(
  id: string,
  ownSecret: string | undefined,
  keyFile: string | undefined,
): ConfiguredClient | undefined {
  if (ownSecret !== undefined) return { id, secret: ownSecret }
  return keyFile === undefined ? undefined : { id, keyFile }
}

/** A client of the registry authenticates in one way. */
function oneProof({ clientId, ...client }: Config<typeof variables>): string | undefined {
  const proofs = [client.clientSecret, client.clientKeyFile].filter((each) => each !== undefined)
  if (proofs.length === (clientId === undefined ? 0 : 1)) return undefined
  return 'FRESHET_CLIENT_ID: set it together with one of FRESHET_CLIENT_SECRET and FRESHET_CLIENT_KEY_FILE'
}
