import type { Wire } from '@freshet/wire/wire-types'
import { CLAIM_STATUSES } from '@freshet/protocol'
import * as z from 'zod'
import { subjectForm } from '../change.ts'
import { answerWith, forOperators, timeText } from '../forms.ts'

const valuesForm = forOperators(
  z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .nullable()
    .describe('`null` for roles below operator'),
)

export const sourceStatementForm = z.object({
  source: z.string(),
  values: valuesForm,
  count: z.number().describe('The number of values'),
  version: z
    .string()
    .nullable()
    .describe('The newest version of the source; `null`: it never sent this claim of the subject'),
  change: z.string().nullable().describe('Its latest change, if it is kept'),
  occurredAt: timeText.nullable().describe('The time of that change by the clock of the source'),
  through: timeText
    .nullable()
    .describe('Up to when every change of the source is known; `null`: it never sent a heartbeat'),
})

export const claimOfSubjectForm = z.object({
  claim: z.string(),
  values: valuesForm,
  count: z.number().describe('The number of values'),
  status: z.enum(CLAIM_STATUSES),
  silentSource: z
    .string()
    .exactOptional()
    .describe('The source whose silence makes the claim unverified'),
  statements: z.array(sourceStatementForm).describe('Of each source of the claim, the owner first'),
})

export const subjectStateForm = answerWith({
  asOf: timeText,
  tenant: z.string(),
  subject: subjectForm.nullable(),
  known: z.boolean().describe('Some source sent a claim or an account event of the subject'),
  account: z.object({
    state: z.enum(['enabled', 'disabled', 'deleted']).describe('The last one that was stated'),
    inDoubt: z
      .literal(true)
      .exactOptional()
      .describe('No token is minted until the account source states the account'),
    source: z.string().describe('The source that sent it'),
    version: z.string().nullable().describe('`null` without any event of the account'),
    since: timeText
      .nullable()
      .describe('The time of the change that led to this state, by its source, if it is kept'),
    change: z.string().nullable(),
  }),
  claims: z.array(claimOfSubjectForm),
})

export const tokenPreviewForm = answerWith({
  asOf: timeText,
  tenant: z.string(),
  subject: subjectForm.nullable(),
  audience: z.string(),
  policyVersion: z.number(),
  outcome: z.enum(['minted', 'refused']),
  expiresAt: timeText.nullable().describe('The end of the token if it were minted now'),
  refusal: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .describe('Why no token would be minted'),
  claims: z
    .array(
      claimOfSubjectForm.omit({ statements: true }).extend({
        isCarried: z.boolean().describe('The token would carry the claim'),
        omitted: z
          .enum(['over', 'unverified'])
          .nullable()
          .describe(
            'Why a minted token would leave it out: it is too large, or its source is silent or the claim in doubt',
          ),
      }),
    )
    .describe('Every claim of the audience'),
})

/** The token that would be minted for a subject and an audience. */
export type TokenPreviewJson = Wire<typeof tokenPreviewForm>

/** The statement of one source about a claim of a subject. */
export type SourceStatementJson = Wire<typeof sourceStatementForm>

/** A claim of a subject now. */
export type ClaimOfSubjectJson = Wire<typeof claimOfSubjectForm>

/** The state of a subject now: account, claims, sources. */
export type SubjectStateJson = Wire<typeof subjectStateForm>
