import { STATED_KINDS } from '@freshet/protocol'
import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'

const time = z.string().meta({ format: 'date-time' })
const range = z.object({ from: z.string(), to: z.string() })

const numbering = {
  next: z.string().exactOptional().describe('The next expected sequence of a dense source'),
  above: z.string().exactOptional().describe('The sequence that follows once the gaps are closed'),
  holes: z.array(range).exactOptional().describe('Sequences that are missing'),
}

const partition = z.object({
  partition: z.int(),
  condition: z.enum(['halted', 'hole', 'silent', 'complete']),
  complete: z.string().describe('The reconciler has read every number up to this one'),
  waitsFor: range.nullable().describe('The missing numbers for which `through` waits'),
  through: time.nullable(),
  aheadMs: z
    .int()
    .optional()
    .describe(
      'By how much the last heartbeat was ahead of the broker; it did not count, because a clock is wrong',
    ),
})

const missedChange = z.object({
  iss: z.string(),
  sub: z.string(),
  claim: z.string(),
  change: z.string(),
  removal: z.boolean(),
  grant: z.boolean(),
})

const statement = z.object({
  begin: z.string(),
  partitions: z.array(
    z.object({
      partition: z.int(),
      state: z.enum(['awaited', 'open', 'held', 'ending', 'ended', 'void']),
    }),
  ),
  compared: z.int(),
  missed: z.object({ removals: z.int(), grants: z.int(), changes: z.array(missedChange) }),
})

const refused = z.object({
  id: z.string(),
  code: z.string(),
  rule: z.string(),
  partition: z.int(),
  offset: z.string(),
  at: time.nullable(),
})

const contradictions = z.object({
  counts: z.array(
    z.object({
      claim: z.string(),
      source: z.string(),
      corroborates: z.string(),
      subjects: z.int(),
    }),
  ),
  latest: z.array(
    z.object({
      iss: z.string(),
      sub: z.string(),
      claim: z.string(),
      change: z.string(),
      since: time.nullable(),
      said: z.array(z.object({ source: z.string(), version: z.string() })),
    }),
  ),
})

/** The state of a source in one tenant. */
export const feedForm = z.object({
  tenant: z.string(),
  owner: z.string(),
  contact: z.string(),
  states: z
    .array(z.enum(STATED_KINDS))
    .describe('A snapshot ends a halt or a gap of partition 0 only if its begin announces these'),
  lastAccepted: z.object({ id: z.string(), acceptedAt: time }).nullable(),
  ...numbering,
  unacknowledged: z.int(),
  through: time.nullable(),
  lease: z.object({ ms: z.int(), current: z.boolean() }),
  latency: z
    .object({
      samples: z.int(),
      p50Ms: z.number().nullable(),
      p99Ms: z.number().nullable(),
      aheadOfClock: z.int(),
    })
    .describe('From commit to broker, of the last 1,000 events'),
  quarantine: z.object({ count: z.int(), latest: z.array(refused) }),
  missed: z
    .object({ removals: z.int(), grants: z.int() })
    .describe('Missed changes that the snapshots of 35 days found'),
  contradictions,
  omittedAccounts: z
    .int()
    .exactOptional()
    .describe('Accounts that the last snapshot of accounts omitted; they are in doubt'),
  stateAfter: time
    .exactOptional()
    .describe(
      'An activation then gave it a claim or the accounts; a snapshot whose begin occurred earlier is refused',
    ),
  statement: statement.nullable().describe('The newest snapshot'),
  partitions: z.array(partition),
})

/** The state of a source in all tenants. */
export const feedsForm = z.object({ source: z.string(), feeds: z.array(feedForm) })

/** The state of a source in the tenant of the query. */
export const sourceFeedForm = feedForm.extend({ source: z.string() })

/** The numbering of a source in the tenant of the query. */
export const sourceSequenceForm = z.object({
  source: z.string(),
  tenant: z.string(),
  ...numbering,
})

/** A source's view of a feed. */
export type FeedJson = Wire<typeof feedForm>

/** The numbering of a dense feed; empty if the source is not dense. */
export type NumberingJson = Pick<FeedJson, 'next' | 'above' | 'holes'>
