import { claimName, sourceId, tenantId, text } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { durationText, percentText, removalsText } from '../file/registry-values.ts'
import { audience } from './audience-schema.ts'
import { claim } from './claim-schema.ts'
import { connection } from './connection-schema.ts'
import { identityProvider, issuer } from './issuer-schema.ts'
import { limits } from './limits-schema.ts'
import type { RegistryFile, ClientEntry, SourceEntry } from './registry-entries.ts'
import { anyName, className, file, type Key, owner } from './registry-names.ts'
import { scopeName } from './scope-schema.ts'

const tenant = z
  .strictObject({
    identityProviders: z
      .array(identityProvider)
      .max(100)
      .default([])
      .describe('The identity providers that can name subjects of the tenant.'),
    limits: limits.exactOptional(),
  })
  .describe('A tenant. Other tenants see none of its data.')

const serviceLevel = z
  .strictObject({
    objective: percentText.describe('The share of changes that must be in time.'),
    within: durationText.describe('The time limit.'),
    window: durationText.describe('The window of the count.'),
  })
  .describe('The objective of a class of changes. It is stored and compared, and not measured yet.')

const guards = z
  .strictObject({
    cutOff: percentText.describe(
      'The share of the outstanding tokens of its tenant above which an operator must confirm a cut-off or denial.',
    ),
  })
  .describe('Orders that need a confirmation. Without it, no order is held.')

const breakGlass = z
  .strictObject({
    maxFor: durationText.describe('The maximum duration of a break-glass grant.'),
  })
  .describe(
    'Admins can allow unverified values of a claim for a limited time. Without it, they cannot.',
  )

/** A client of the authority, as written in the registry file. */
const client: z.ZodType<ClientEntry> = z
  .strictObject({
    tenant: tenantId.describe('The tenant of the users in its tokens.'),
    secretHash: z
      .string()
      .regex(/^[\w-]{43}$/, 'must be a base64url SHA-256')
      .exactOptional()
      .describe('SHA-256 of its secret, base64url: it uses client_secret_basic.'),
    keys: file
      .exactOptional()
      .describe('JWKS file with its public keys, relative to this file: it uses private_key_jwt.'),
    subject: z
      .strictObject({
        iss: text(512).describe('An issuer of its tenant.'),
        sub: text(512).describe('The subject at that issuer.'),
      })
      .exactOptional()
      .describe(
        'The subject of its own tokens. Without it, the client gets tokens only for other subjects.',
      ),
    presents: z
      .array(text(256))
      .max(64)
      .exactOptional()
      .describe(
        'Clients of an identity provider of its tenant whose tokens it exchanges, by their `client_id` there: the `azp`, or the one `aud`. Without it, the client exchanges only tokens for the authority.',
      ),
    audiences: z
      .array(text(256))
      .default([])
      .describe('The audiences for which it can get tokens.'),
    scopes: z
      .array(scopeName)
      .max(256)
      .default([])
      .describe('Scopes that it can request, at its audiences that have them.'),
    introspects: z
      .array(text(256))
      .default([])
      .describe('Audiences for which it is a resource server. It can introspect their tokens.'),
    edges: z
      .array(text(256).refine((name) => /^[^*]*\*?$/.test(name), 'has `*` at its end alone'))
      .max(256)
      .exactOptional()
      .describe(
        'Names of edges whose reports count only with the signature of this client. `*` at the end matches any rest. Without it, the first client that signs for a name holds it.',
      ),
    limits: limits.exactOptional(),
  })
  .describe('An OAuth client of the authority; it has a secret or keys.')

/** An identity source, as written in the registry file. */
const source: z.ZodType<SourceEntry> = z
  .strictObject({
    owner: owner.describe('The team that is responsible for its data. Shown.'),
    contact: z.string().max(256).default('').describe('The contact for a silent source. Shown.'),
    keys: file.describe('JWKS file with its public keys, relative to this file.'),
    ordering: z
      .enum(['dense', 'monotonic'])
      .describe(
        'dense: the source numbers its events itself, without a gap. monotonic: the gateway does.',
      ),
    versions: z
      .enum(['element', 'feed'])
      .default('element')
      .describe(
        'feed: its sourceVersion grows over the whole feed, so it can withdraw values. element: per element.',
      ),
    assertions: z
      .enum(['any', 'bound'])
      .exactOptional()
      .describe(
        'bound: a bearer assertion names method, URL and body of its request. any (default): it can omit them.',
      ),
    heartbeat: durationText.describe(
      'The interval of its heartbeats. It is not measured. Lint compares it with lease.',
    ),
    lease: durationText.describe(
      'The time for which its silence means no change. After it, its claims are unverified.',
    ),
    onBehalfOf: z.array(sourceId).default([]).describe('Partners for which it can send events.'),
    maxSweep: percentText
      .exactOptional()
      .describe(
        'The share of its claims that a snapshot can omit. Above it, the end waits for a confirmation. Default 20%.',
      ),
    maxRemovals: removalsText
      .exactOptional()
      .describe(
        'Removals of claims in a partition within a time, as `50 per 10m`. Further ones wait for a confirmation. Without it, none wait.',
      ),
    connect: z
      .record(tenantId as Key, connection)
      .exactOptional()
      .describe(
        'The upstream systems that `freshet serve connect` reads for it, by tenant. Without it, the source sends by itself.',
      ),
  })
  .describe('An identity source: its owner, its keys, and the meaning of its silence.')

/** The registry file, after YAML. Unlike events it knows all its members: a typo is an error. */
const registryShape = z
  .strictObject({
    version: z
      .int()
      .min(1)
      .describe('The policy version. It only grows, even if old content returns.'),
    account: sourceId.describe('The source that disables, enables and deletes accounts.'),
    cutOffs: z
      .array(sourceId)
      .default([])
      .describe('Sources that can cut off tenants, clients, keys, issuers, sessions and tokens.'),
    guards: guards.exactOptional(),
    breakGlass: breakGlass.exactOptional(),
    tenants: z
      .record(tenantId as Key, tenant)
      .default({})
      .describe('Tenants, by their ids.'),
    sources: z.record(sourceId as Key, source).describe('Identity sources, by their ids.'),
    claims: z.record(claimName as Key, claim).describe('Claim types, by the name in the token.'),
    audiences: z
      .record(anyName, audience)
      .default({})
      .describe('Audiences, by the `aud` of their tokens.'),
    clients: z.record(anyName, client).default({}).describe('OAuth clients, by their client_id.'),
    issuers: z
      .record(sourceId as Key, issuer)
      .default({})
      .describe('Issuers of foreign tokens, by names that you choose.'),
    slo: z
      .record(className as Key, serviceLevel)
      .default({})
      .describe('Objectives, by class of changes.'),
    policySchema: file.exactOptional().describe('The file of the Cedar schema for all policies.'),
  })
  .describe('The source, the owner and the receivers of each claim.')

/** The registry file, after YAML. */
export const registrySchema: z.ZodType<RegistryFile> = registryShape
