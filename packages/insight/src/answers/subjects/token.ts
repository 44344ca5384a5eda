import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { changeForm, subjectForm } from '../change.ts'
import { answerWith, forOperators, timeText } from '../forms.ts'

export const tokenMarkForm = z.object({ at: timeText, reason: z.string(), change: z.string() })

export const heldTokenForm = z.object({
  jti: z.string(),
  issuer: z
    .string()
    .exactOptional()
    .describe('The foreign issuer of the token. Absent for a token of the authority'),
  basis: z
    .literal('time')
    .exactOptional()
    .describe('Present for a token without a label, which is judged by the time of its issue'),
  audience: z.string(),
  client: z.string(),
  claims: z.array(z.string()),
  issuedAt: timeText,
  expiresAt: timeText,
  stale: tokenMarkForm.nullable(),
})

export const subjectViewForm = answerWith({
  changes: z.array(changeForm),
  tokens: z.array(heldTokenForm),
})

export const changeTokensForm = answerWith({
  items: z.array(
    z.object({
      tenant: z.string(),
      source: z.string(),
      isOfSubject: z
        .boolean()
        .describe('`false`: the change concerns many subjects, whose tokens are not listed'),
      tokensMarked: z.number(),
      tokens: z.array(heldTokenForm.extend({ effect: z.string() })),
    }),
  ),
})

export const explainedVerdictForm = z.object({
  basis: z
    .literal('time')
    .exactOptional()
    .describe('Present for a token without a label, which is judged by the time of its issue'),
  verdict: z.enum(['fresh', 'stale', 'unverified']),
  reason: z.string().exactOptional(),
  change: z.string().exactOptional(),
  source: z.string().exactOptional(),
  since: timeText.exactOptional(),
})

export const issuanceViewForm = z.object({
  client: z.string().exactOptional(),
  kid: z.string().exactOptional(),
  claimsDigest: z.string().exactOptional(),
  subject: subjectForm.nullable().exactOptional(),
  audience: z.string(),
  policyVersion: z.number(),
  policyHash: z.string(),
  issuedAt: timeText,
  expiresAt: timeText,
  withheld: z.boolean().describe('It provably never left the authority'),
  claims: z.array(
    z.object({
      claim: z.string(),
      source: z.string().nullable(),
      through: timeText.nullable(),
      values: forOperators(z.array(z.union([z.string(), z.number(), z.boolean()])).nullable()),
    }),
  ),
})

export const tokenViewForm = answerWith({
  jti: z.string(),
  tenant: z.string(),
  client: z.string(),
  policyVersion: z.number(),
  expired: z.boolean(),
  parties: z.array(
    z.object({
      subject: subjectForm.extend({ tenant: z.string().exactOptional() }),
      label: z.object({ e: z.string(), s: z.string(), c: z.string() }),
    }),
  ),
  claims: z.record(z.string(), explainedVerdictForm),
  ledger: z
    .object({
      issuedAt: timeText,
      expiresAt: timeText,
      mark: tokenMarkForm.extend({ source: z.string() }).nullable(),
    })
    .nullable(),
  issuance: issuanceViewForm.nullable(),
})

export const holdersForm = answerWith({
  at: timeText,
  items: z.array(
    heldTokenForm.extend({ subject: subjectForm.nullable(), policyVersion: z.number() }),
  ),
  next: z.string().nullable().describe('The begin of the next page; `null` at the end'),
})

/** Why a token was marked stale, and when. */
export type TokenMarkJson = Wire<typeof tokenMarkForm>

/** An outstanding token. */
export type HeldTokenJson = Wire<typeof heldTokenForm>

/** A subject's recent changes and outstanding tokens. */
export type SubjectViewJson = Wire<typeof subjectViewForm>

/** Outstanding tokens of a change's subject, and what it did to each. */
export type ChangeTokens = Wire<typeof changeTokensForm>

/** The verdict on one claim of a token. */
export type ExplainedVerdict = Wire<typeof explainedVerdictForm>

/** A token, explained. */
export type TokenView = Wire<typeof tokenViewForm>

/** The recorded content of a token. */
export type IssuanceJson = Wire<typeof issuanceViewForm>

/** Tokens that carry or carried a value at a time. */
export type Holders = Wire<typeof holdersForm>
