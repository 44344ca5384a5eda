import * as z from 'zod'
import { claimName, sourceId, tenantId } from '@freshet/wire/wire-types'
import { audience } from './audience-schema.ts'
import { claim } from './claim-schema.ts'
import { client } from './client-schema.ts'
import { identityProvider, issuer } from './issuer-schema.ts'
import { limits } from './limits-schema.ts'
import type { RegistryFile } from './registry-entries.ts'
import { anyName, className, file, type Key } from './registry-names.ts'
import { durationText, percentText } from '../file/registry-values.ts'
import { source } from './source-schema.ts'

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
