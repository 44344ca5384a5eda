import { STATED_KINDS } from '@freshet/protocol'
import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { changeForm } from './change.ts'
import { answerWith, msOrNull, timeText } from './forms.ts'

const partitionForm = z.object({
  partition: z.number(),
  e: z.string(),
  position: z.string(),
  end: z.string().nullable(),
  lag: z.string().nullable(),
  policyVersion: z.number(),
  waiting: z.number(),
  publishedAt: timeText.nullable(),
  paused: z
    .object({
      offset: z.string(),
      code: z.string(),
      message: z.string(),
      since: timeText,
      attempts: z.number(),
    })
    .exactOptional()
    .describe('The record that the partition cannot get past; absent while it goes on'),
  hidden: z
    .object({ rows: z.number(), at: timeText })
    .exactOptional()
    .describe(
      'The last rows of the outbox that no publisher saw, and the time at which they were found',
    ),
})

const sourceForm = z.object({
  tenant: z.string(),
  source: z.string(),
  standing: z.enum(['live', 'silent', 'hole', 'halted', 'ending', 'unheard']),
  awaits: z
    .array(z.enum(STATED_KINDS))
    .exactOptional()
    .describe(
      'A snapshot ends its halt or gap in partition 0 only with these; absent if there is none',
    ),
  through: timeText.nullable(),
  leaseMs: z.number(),
  missed: z
    .number()
    .describe('Claims of subjects that changed unannounced, as its snapshots found'),
  aheadMs: z
    .number()
    .exactOptional()
    .describe('By how much its last heartbeat was ahead of the broker; it did not count'),
})

const grantForm = z.object({
  id: z.string(),
  tenant: z.string(),
  audience: z.string(),
  route: z.string(),
  claim: z.string(),
  from: timeText,
  until: timeText,
  by: z.string(),
  reason: z.string(),
})

const contradictionForm = z.object({
  tenant: z.string(),
  claim: z.string(),
  source: z.string(),
  corroborates: z.string(),
  subjects: z.number(),
  since: timeText,
})

const doubtedForm = z.object({
  tenant: z.string(),
  source: z.string().describe('The source whose next snapshot ends the doubt'),
  issuer: z.string().nullable().describe('The identity provider; `null`: the whole tenant'),
  claims: z.array(z.string()),
  hasAccounts: z.boolean().describe('All accounts are in doubt'),
  isVoided: z.boolean().describe('An activation ended the newest snapshot of the source'),
  change: z
    .string()
    .nullable()
    .describe('The change that raised the oldest doubt; `null` if the log does not have it'),
  since: timeText.nullable(),
})

export const probeForm = z.object({
  claim: z.string(),
  at: timeText,
  change: z.string().nullable(),
  steps: z
    .array(
      z.object({
        step: z.string(),
        at: z.string().nullable(),
        time: timeText,
        clock: z.string(),
      }),
    )
    .exactOptional()
    .describe('Its steps, in order, with the clock of each'),
  tookMs: msOrNull.describe('Until every edge refused; `null` where one did not'),
  broken: z.object({ step: z.string(), at: z.string().nullable(), why: z.string() }).nullable(),
  recent: z
    .array(z.object({ at: timeText, tookMs: msOrNull }))
    .describe('The last of them, oldest first, with this one'),
})

export const statusForm = answerWith({
  measuredAt: timeText.describe('The time by the console’s clock'),
  policy: z.object({
    version: z.number().describe('As the console has loaded it'),
    hash: z.string(),
    active: z.object({ version: z.number(), hash: z.string().nullable() }).nullable(),
  }),
  partitions: z.array(partitionForm),
  sources: z.array(sourceForm),
  contradictions: z.array(contradictionForm).describe('Claims whose two sources differ'),
  doubted: z
    .array(doubtedForm)
    .exactOptional()
    .describe(
      'Claims, or all accounts, in doubt for a whole tenant or identity provider. Absent from consoles of earlier versions',
    ),
  omitted: z
    .array(z.object({ tenant: z.string(), accounts: z.number() }))
    .exactOptional()
    .describe(
      'Disabled accounts that the last snapshot of accounts omitted, counted up to 10,000. Absent from consoles of earlier versions',
    ),
  openings: z.array(grantForm).describe('The break-glass grants in force'),
  quarantined: z.string().nullable(),
  lastChange: changeForm.nullable(),
  probes: z
    .array(probeForm)
    .nullable()
    .exactOptional()
    .describe(
      'The last probe of each claim; `null`: probes are off. Absent from consoles of earlier versions',
    ),
})

/**
 * `fresh`: every claim and every edge is provably fresh. `degraded`: everything is enforced, and a person is needed.
 * `not-fresh`: some claims or edges are not provably fresh. `unknown`: the console cannot know.
 */
export const HEALTH_STATES = ['fresh', 'degraded', 'not-fresh', 'unknown'] as const

const symptomForm = z.object({ finding: z.string(), object: z.string(), what: z.string() })

export const healthCauseForm = z.object({
  finding: z.string().describe('The stable name of the kind of fault'),
  object: z.string().describe('The name that the stack, the registry or the edge gives it'),
  tenant: z.string().nullable(),
  what: z.string().describe('The observation, as a sentence without its stop'),
  since: timeText.nullable(),
  effect: z.string().describe('The effect on users'),
  do: z.string().describe('The next action, best as a command'),
  runbook: z
    .string()
    .nullable()
    .describe('The alert whose section in docs/runbooks applies; `null`: none'),
  who: z
    .string()
    .nullable()
    .describe('The owner and the contact of the registry; `null`: the operator'),
  symptoms: z.array(symptomForm).describe('The findings that follow from it'),
})

export const serviceCheckForm = z.object({
  service: z.string().describe('Its name in the stack, like `sidecar:2`'),
  state: z.enum(['ready', 'not-ready', 'no-answer']),
  reason: z.string().exactOptional().describe('The reason of a service that is not ready'),
  since: timeText.describe('The first answer in this state'),
})

export const refusedForm = z.object({
  tenant: z.string(),
  audience: z.string(),
  route: z.string().describe('Its name; `-`: it has none, or none of the registry'),
  claims: z.array(z.string()).describe('The unverified claims'),
  perSecond: z.number().describe('Refused requests per second, over the last 10 s'),
  since: timeText.describe('The first refused request; a time without refusals begins anew'),
  open: z
    .array(z.string())
    .describe(
      'The commands that let these requests in for a while, one for each claim. With `--dry-run`, a command only shows whether it would be accepted. Empty: the route cannot be opened',
    ),
  closed: z.string().nullable().describe('Why the route cannot be opened'),
})

export const observedForm = z.object({
  tenant: z.string(),
  audience: z.string(),
  route: z.string().describe('Its name; `-`: it has none, or none of the registry'),
  requests: z.number().describe('Requests of the last day that the route observed'),
  gone: z
    .number()
    .describe('Those that used a claim after a change had taken something of it away'),
  undated: z
    .number()
    .describe(
      'Those of `gone` whose change has no known time, or lies within the margin of the issuer',
    ),
  oldestMs: msOrNull.describe(
    'The greatest age of the change at such a request; `null` without one',
  ),
  since: timeText.describe('The begin of the count'),
})

export const healthForm = answerWith({
  state: z.enum(HEALTH_STATES),
  since: timeText.nullable().describe('The begin of this state; `null` where it is not known'),
  asOf: timeText.nullable().describe('The time of the figures; `null` before the first'),
  causes: z.array(healthCauseForm).describe('The root causes, the heaviest first; at most 20'),
  refused: z
    .array(refusedForm)
    .exactOptional()
    .describe(
      'The routes that refuse requests now because a claim is unverified, those with the most requests first; at most 20. Absent from consoles of earlier versions',
    ),
  observed: z
    .array(observedForm)
    .exactOptional()
    .describe(
      'The requests of the last day on observed routes, those with the most requests first; at most 20. Absent from consoles of earlier versions',
    ),
  services: z
    .array(serviceCheckForm)
    .exactOptional()
    .describe(
      'The services that the console asks; absent if it asks none, and before their answers',
    ),
})

/** The state of each partition and source, the break-glass grants and the quarantine. */
export type Status = Wire<typeof statusForm>

/** The outcome of the last probe of a claim. */
export type Probe = Wire<typeof probeForm>

/** The state of the whole. */
export type HealthState = (typeof HEALTH_STATES)[number]

/** A root cause, with the findings that follow from it. */
export type HealthCause = Wire<typeof healthCauseForm>

/** A route that refuses requests now, and the commands that let them in. */
export type RefusedJson = Wire<typeof refusedForm>

/** The requests on an observed route, and how many of them enforcement would have refused for a removed right. */
export type ObservedJson = Wire<typeof observedForm>

/** The one verdict: whether claims are fresh, since when, and because of what. */
export type HealthAnswer = Wire<typeof healthForm>
