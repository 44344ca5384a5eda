import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, timeText } from './forms.ts'

const publishedForm = z.object({ by: z.string(), at: timeText })

const versionForm = z.object({
  version: z.number(),
  hash: z.string(),
  published: publishedForm
    .nullable()
    .describe('The admin who published it; `null` if it is not kept'),
  ordered: z
    .object({ by: z.string(), reason: z.string(), minimum: z.number(), at: timeText })
    .nullable()
    .describe('The admin who ordered its activation, and the reason'),
})

const routeForm = z.looseObject({ route: z.string(), risk: z.string().exactOptional() })

export const registryForm = versionForm.extend({
  apiVersion: z.string(),
  account: z.string(),
  cutOffs: z.array(z.string()),
  cutOffShare: z.number().nullable(),
  breakGlassMaxMs: z.number().nullable(),
  policySchema: z.string().nullable(),
  tenants: z.array(
    z.looseObject({
      tenant: z.string(),
      identityProviders: z.array(
        z.looseObject({ issuer: z.string(), keys: z.string().exactOptional() }),
      ),
    }),
  ),
  sources: z.array(
    z.looseObject({
      source: z.string(),
      owner: z.string(),
      contact: z.string(),
      ordering: z.string(),
      leaseMs: z.number(),
    }),
  ),
  claims: z.array(
    z.looseObject({
      claim: z.string(),
      source: z.string(),
      owner: z.string(),
      description: z.string(),
      kind: z.string(),
      class: z.string(),
      maxTtlMs: z.number(),
      onUnverified: z.string(),
      audiences: z.array(z.string()),
    }),
  ),
  audiences: z.array(
    z.looseObject({
      audience: z.string(),
      claims: z.array(z.string()),
      ttlMs: z.number(),
      routes: z.array(routeForm),
    }),
  ),
  clients: z.array(z.looseObject({})),
  issuers: z
    .array(z.looseObject({}))
    .exactOptional()
    .describe('The foreign issuers; absent from consoles of earlier versions'),
  slo: z.array(z.looseObject({})),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.string(),
      place: z.string(),
      message: z.string(),
      fix: z.string().exactOptional(),
    }),
  ),
  versions: z
    .array(versionForm.extend({ published: publishedForm }))
    .describe('The latest that were published, newest first'),
})

export const differenceForm = z.object({
  place: z.string().describe('JSON pointer into the file'),
  effect: z.enum(['tightens', 'widens', 'other']),
  needsMinimum: z.boolean(),
  sentence: z.string(),
  tokens: z
    .number()
    .exactOptional()
    .describe('Outstanding tokens that it is about, where they were counted'),
})

export const registryDiffForm = answerWith({
  from: z.number(),
  to: z.number(),
  differences: z.array(differenceForm.omit({ tokens: true })),
})

export const shownDocumentForm = answerWith({
  version: z.number(),
  hash: z.string().describe('SHA-256 of the whole document as canonical JSON, base64url'),
  hidden: z.array(z.string()).describe('JSON pointers of the members that are left out'),
  document: z
    .looseObject({})
    .describe('The registry file as JSON, with its public keys and its policies, by path'),
})

export const usageForm = answerWith({
  days: z.number(),
  items: z.array(
    z.object({
      audience: z.string(),
      since: z.string().nullable().describe('The first day that was counted; `null`: none was'),
      claims: z.array(
        z.object({
          claim: z.string(),
          state: z.enum(['used', 'unnamed', 'kept', 'unused', 'descriptive', 'no-data']),
          decisions: z.number(),
          needed: z.number().nullable(),
          carried: z.number().nullable(),
          isWide: z.boolean(),
        }),
      ),
      routes: z.array(
        z.object({
          route: z.string(),
          claim: z.string(),
          decisions: z.number(),
          required: z.number(),
          needed: z.number(),
          carried: z.number(),
        }),
      ),
    }),
  ),
  differences: z.array(differenceForm),
})

export const outstandingForm = answerWith({
  at: timeText,
  isComplete: z.boolean().describe('False where there are more than were counted'),
  kinds: z.array(
    z.object({
      tenant: z.string(),
      audience: z.string(),
      client: z.string(),
      claims: z.array(z.string()),
      tokens: z.number(),
    }),
  ),
})

/** The author and time of a version, and the reason of its activation. */
export type VersionAnswer = Wire<typeof versionForm>

/** A part of the registry: its name under the name of its kind, and all of its members. */
export type RegistryEntry = Readonly<Record<string, unknown>>

/** The registry of the active version with all of its parts. */
export type RegistryAnswer = Wire<typeof registryForm>

/** A difference of a registry version, as the gateway reports it and `diff` finds it. */
export type ShownDifference = Wire<typeof differenceForm>

/** The audiences' use of the claims that their tokens carry. */
export type UsageAnswer = Wire<typeof usageForm>

/** The differences of two published versions. */
export type RegistryDiffAnswer = Wire<typeof registryDiffForm>

/** The file of a policy version, without the hashes of secrets. */
export type RegistryDocumentAnswer = Wire<typeof shownDocumentForm>

/** Outstanding tokens, by the properties that a registry distinguishes. */
export type OutstandingAnswer = Wire<typeof outstandingForm>
