import * as z from 'zod'
import { claimName, sourceId, tenantId } from '../wire-types.ts'
import { audience } from './audience-schema.ts'
import { claim } from './claim-schema.ts'
import { client } from './client-schema.ts'
import { identityProvider, issuer } from './issuer-schema.ts'
import { limits } from './limits-schema.ts'
import type { RegistryFile } from './registry-entries.ts'
import { anyName, className, file, type Key } from './registry-names.ts'
import { durationText, percentText } from './registry-values.ts'
import { source } from './source-schema.ts'

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
