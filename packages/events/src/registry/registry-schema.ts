import { PATTERN_LENGTH_MAX } from '@freshet/domain'
import * as z from 'zod'
import { claimName, sourceId, tenantId, text } from '../wire-types.ts'
import { ENFORCED, enforcementForm } from './enforcement.ts'
import { identityProvider, issuer } from './issuer-schema.ts'
import { limits } from './limits-schema.ts'
import type { RegistryFile } from './registry-entries.ts'
import { scope, scopeName } from './scope-schema.ts'
import { durationText, percentText, removalsText } from './registry-values.ts'

type Key = z.ZodType<string, string> & z.core.$ZodRecordKey

const file = text(512)
const owner = z.string().max(256).default('')
const anyName = text(512) as Key
const className = z.string().min(1).max(64)

const source = z
  .strictObject({
    owner: owner.describe('The team that answers for what it says. Shown.'),
    contact: z.string().max(256).default('').describe('Whom to reach when it falls silent. Shown.'),
    keys: file.describe('JWKS file with its public keys, relative to this file.'),
    ordering: z
      .enum(['dense', 'monotonic'])
      .describe('dense: it numbers its events itself, without a gap. monotonic: the gateway does.'),
    versions: z
      .enum(['element', 'feed'])
      .default('element')
      .describe(
        'feed: its sourceVersion grows over the whole feed, so it may withdraw values. element: per element.',
      ),
    assertions: z
      .enum(['any', 'bound'])
      .exactOptional()
      .describe(
        'bound: a bearer assertion names method, URL and body of its request. any (default): it may name none of them.',
      ),
    heartbeat: durationText.describe(
      'How often it says that it has nothing to say. Nothing measures it; lint compares it with lease.',
    ),
    lease: durationText.describe(
      'How long its silence counts as quiet; beyond it its claims are unverified.',
    ),
    onBehalfOf: z.array(sourceId).default([]).describe('Sources that it may speak for.'),
    maxSweep: percentText
      .exactOptional()
      .describe(
        'Share of its claims that a full statement may leave out unasked; above it the end waits for a confirmation. Default 20%.',
      ),
    maxRemovals: removalsText
      .exactOptional()
      .describe(
        'Removals of claims in a partition within a time, as `50 per 10m`; those beyond wait for a confirmation. Without it, none do.',
      ),
  })
  .describe('An identity source: who answers for it, its keys, and how its silence is read.')

const claim = z
  .strictObject({
    source: sourceId.describe('The one source of its truth.'),
    owner: owner.describe('The team that decides what it means. Shown.'),
    description: z
      .string()
      .max(1024)
      .default('')
      .describe('What it says, so that every system reads it the same way. Shown.'),
    kind: z
      .enum(['authoritative', 'descriptive'])
      .describe(
        'authoritative: routes may require it. descriptive: shown, never a grant; it never denies and never goes stale.',
      ),
    shape: z.enum(['set', 'scalar']).describe('set: any number of values. scalar: one at most.'),
    polarity: z
      .enum(['grant', 'restrict'])
      .default('grant')
      .describe('grant: a removed value tightens. restrict: an added value tightens.'),
    class: className.describe('Class of its changes, as metrics and the change log name it.'),
    maxTtl: durationText.describe('Longest life of a token that carries it.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe('Bytes of its values as JSON; with more, `onOver` says what is done.'),
    onUnverified: z
      .enum(['deny', 'strip', 'validate'])
      .default('deny')
      .describe(
        'When its source cannot be heard. deny: refuse. strip: go on without it, where no route requires it. validate: the authority judges.',
      ),
    onMissing: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'When its source is silent, or it is in doubt, as a token is minted. refuse (default): nothing is minted. omit: the token says that it leaves it out.',
      ),
    onOver: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'When it, or all claims of the token together, are too large. refuse (default): nothing is minted. omit: as above; the last of its audience go first.',
      ),
    delegation: z
      .enum(['intersect', 'subject'])
      .exactOptional()
      .describe(
        'Of a token with actors. intersect (default): values that all parties have; of a restriction, those of any. subject: those of its subject.',
      ),
    publish: z
      .boolean()
      .default(false)
      .describe('Whether its values may be disclosed on the revocation topic.'),
    from: z
      .array(claimName)
      .default([])
      .describe('Claims that it is derived from; it goes stale with them.'),
    values: z
      .array(z.union([z.string().min(1).max(256), z.number(), z.boolean()]))
      .min(1)
      .max(1000)
      .exactOptional()
      .describe(
        'All values that it can have: others are refused, and never minted. Without it, any.',
      ),
    pattern: text(PATTERN_LENGTH_MAX)
      .exactOptional()
      .describe(
        'The form that each of its values has as a whole, as `[a-z]+:(read|write)`: others are refused, and never minted. Without it, any.',
      ),
    corroborates: sourceId
      .exactOptional()
      .describe(
        'A second source that states it too: tokens carry what both say, and either takes away. Without it, its source alone.',
      ),
    partners: z
      .array(
        z
          .strictObject({
            name: sourceId.describe('One of `onBehalfOf` of its source.'),
            prefix: z.string().min(1).max(128).describe('How each of its values begins.'),
          })
          .describe('Whose values they are.'),
      )
      .max(64)
      .exactOptional()
      .describe(
        'Who says values of it through its source, each under a prefix. Without it, whomever its source speaks for says any value.',
      ),
  })
  .describe('A claim type: the one source of its truth, its owner, and how it may be used.')

const route = z
  .strictObject({
    require: z
      .record(claimName as Key, z.array(z.string().min(1)).min(1))
      .default({})
      .describe('Values of which the token must carry all, by claim.'),
    risk: z
      .enum(['normal', 'high'])
      .default('normal')
      .describe('high: the authority judges each request.'),
    enforce: z
      .string()
      .regex(enforcementForm, 'must be `always`, or `observe until` and a day, as 2026-12-24')
      .default(ENFORCED)
      .describe(
        'always, or observe until DATE: verdicts are told and counted, and what is valid goes on, through that day in UTC.',
      ),
    policies: z
      .array(file)
      .max(16)
      .default([])
      .describe(
        'Files of Cedar policies, relative to this file: they can refuse what `require` would allow.',
      ),
  })
  .describe('What a request needs that a proxy asks a sidecar about.')

const audience = z
  .strictObject({
    claims: z
      .array(claimName)
      .default([])
      .describe('Claims that its tokens carry: as few as its routes need.'),
    scopes: z
      .record(scopeName as Key, scope)
      .default({})
      .describe('Scopes that its tokens can have, by name. Others are `invalid_scope`.'),
    ttl: durationText.describe('Life of its tokens.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe(
        'Bytes of all claims of a token together, as JSON; with more, `onOver` of each says what is done.',
      ),
    routes: z
      .record(anyName, route)
      .default({})
      .describe('By method and path, as `POST /approve`, compared whole. Others are refused.'),
  })
  .describe('A resource server: the claims its tokens carry, for how long, what its routes need.')

const tenant = z
  .strictObject({
    identityProviders: z
      .array(identityProvider)
      .max(100)
      .default([])
      .describe('Who may name subjects of the tenant.'),
    limits: limits.exactOptional(),
  })
  .describe('A tenant; nothing of it is seen from another.')

const client = z
  .strictObject({
    tenant: tenantId.describe('The tenant whose users it may have tokens for.'),
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
      .describe('Whom its own tokens are about. Without it, it can have none but for others.'),
    presents: z
      .array(text(256))
      .max(64)
      .exactOptional()
      .describe(
        'Clients of an identity provider of its tenant, by their `client_id` there, whose tokens it exchanges: the `azp`, or the one `aud`. Without it, it exchanges tokens for the authority alone.',
      ),
    audiences: z.array(text(256)).default([]).describe('Audiences that it may have tokens for.'),
    scopes: z
      .array(scopeName)
      .max(256)
      .default([])
      .describe('Scopes that it can ask for, at those of its audiences that have them.'),
    introspects: z
      .array(text(256))
      .default([])
      .describe('Audiences that it is a resource server of: it is told of their tokens.'),
    limits: limits.exactOptional(),
  })
  .describe('An OAuth client of the authority; it has a secret or keys.')

const serviceLevel = z
  .strictObject({
    objective: percentText.describe('Share of changes that are to be in time.'),
    within: durationText.describe('The time.'),
    window: durationText.describe('Over which it is counted.'),
  })
  .describe(
    'The objective of a class of changes. Kept and compared; nothing is measured by it yet.',
  )

const guards = z
  .strictObject({
    cutOff: percentText.describe(
      'Share of the outstanding tokens of its tenant above which an operator must confirm a cut-off or denial.',
    ),
  })
  .describe('What is not done at the first word. Without it: nothing is held.')

const breakGlass = z
  .strictObject({
    maxFor: durationText.describe('How long a route may be opened at most.'),
  })
  .describe('Operators may let in, for a while, what is unverified of a claim. Without it: never.')

/** The registry file, after YAML. Unlike events it knows all its members: a typo is an error. */
const registryShape = z
  .strictObject({
    version: z
      .int()
      .min(1)
      .describe('The policy version. It only grows, also when old content comes back.'),
    account: sourceId.describe('The source whose word on disabled, enabled and deleted counts.'),
    cutOffs: z
      .array(sourceId)
      .default([])
      .describe('Sources that may withdraw tenants, clients, keys, issuers, sessions and tokens.'),
    guards: guards.exactOptional(),
    breakGlass: breakGlass.exactOptional(),
    tenants: z
      .record(tenantId as Key, tenant)
      .default({})
      .describe('By their ids.'),
    sources: z.record(sourceId as Key, source).describe('Identity sources, by their ids.'),
    claims: z.record(claimName as Key, claim).describe('Claim types, by the name in the token.'),
    audiences: z.record(anyName, audience).default({}).describe('By the `aud` of their tokens.'),
    clients: z.record(anyName, client).default({}).describe('OAuth clients, by their client_id.'),
    issuers: z
      .record(sourceId as Key, issuer)
      .default({})
      .describe('Issuers of foreign tokens, by names of our own.'),
    slo: z
      .record(className as Key, serviceLevel)
      .default({})
      .describe('By class of changes.'),
    policySchema: file
      .exactOptional()
      .describe('File of the Cedar schema that all policies are checked against.'),
  })
  .describe('Who owns each claim, where its truth lives, and who may receive it.')

/** The registry file, after YAML. */
export const registrySchema: z.ZodType<RegistryFile> = registryShape
