import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { GROUP_MEMBERS } from './change.ts'
import { answerWith, EDGE_STATUSES, msOrNull, timeText } from './forms.ts'

const edgePartitionForm = z.object({
  partition: z.number(),
  applied: z.string(),
  viewAgeMs: msOrNull,
  position: z.string().exactOptional(),
  head: z.string().nullable().exactOptional(),
  records: z
    .string()
    .nullable()
    .exactOptional()
    .describe(
      'Records of the revocation topic that it has not read; `null` where the broker does not answer',
    ),
  behindMs: msOrNull.exactOptional(),
})

const unverifiedForm = z.object({
  isOutOfView: z
    .boolean()
    .describe('Its own view is too old or not complete: it vouches for no source, and names none'),
  sources: z.array(
    z.object({
      tenant: z.string(),
      source: z.string(),
      since: timeText
        .nullable()
        .describe('Up to then the source has confirmed that nothing changed; `null`: never'),
    }),
  ),
  more: z.number().describe('The number of further sources'),
})

const deniedForm = z
  .object({
    stale: z.number(),
    unverified: z.number(),
    insufficient: z.number(),
    other: z.number(),
  })
  .exactOptional()

export const edgeForm = z.object({
  edge: z.string(),
  ...GROUP_MEMBERS,
  audience: z.string(),
  version: z.string(),
  standing: z.enum(EDGE_STATUSES),
  state: z.string(),
  reportedAt: timeText,
  liveSince: timeText
    .nullable()
    .exactOptional()
    .describe('Since when it answers from its view; `null`: not yet'),
  conflict: z
    .boolean()
    .exactOptional()
    .describe(
      'True if two processes report under its id; absent from consoles of earlier versions',
    ),
  signed: z
    .enum(['signed', 'unsigned', 'withdrawn'])
    .exactOptional()
    .describe(
      'The state of its signatures. `withdrawn`: the client of the last one is no longer in the active version. Absent for a group, and from consoles of earlier versions',
    ),
  signedBy: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The client of the registry that holds its name; `null`: none does'),
  signedEdges: z
    .number()
    .exactOptional()
    .describe('The number of edges of a group that sign their reports'),
  unverified: unverifiedForm
    .exactOptional()
    .describe(
      'The sources that it cannot vouch for: claims of them are unverified there. Absent for edges of earlier versions',
    ),
  clock: z
    .object({ offsetMs: z.number(), errorMs: msOrNull })
    .nullable()
    .exactOptional()
    .describe('The lead of the broker’s clock over its wall clock'),
  partitions: z.array(edgePartitionForm),
  rates: z
    .object({
      allow: z.number(),
      deny: z.number(),
      challenge: z.number(),
      denied: deniedForm.describe(
        'The denials by reason. `unverified` refuses tokens that are possibly fresh. Absent for edges of earlier versions',
      ),
    })
    .nullable()
    .exactOptional()
    .describe('Decisions per second over the last whole minute; `null` where it did not report'),
})

export const edgesForm = answerWith({
  items: z.array(edgeForm),
  next: z
    .string()
    .nullable()
    .exactOptional()
    .describe(
      'The begin of the next page; `null`: there is none. Consoles of earlier versions return all edges at once',
    ),
  total: z.number().exactOptional(),
  groups: z
    .array(edgeForm)
    .exactOptional()
    .describe(
      'The groups of all edges, if there are too many to measure each. A group has the figures of its worst edge',
    ),
  uncounted: z
    .number()
    .exactOptional()
    .describe(
      'Edges that report and are counted nowhere, because there are too many. Absent from consoles of earlier versions',
    ),
})

export const edgeHistoryForm = answerWith({
  edge: z.string(),
  minutes: z
    .array(
      z.object({
        at: timeText,
        oldestViewMs: msOrNull,
        denied: deniedForm.describe(
          'The number of denied requests by reason; absent where the edge did not report it',
        ),
      }),
    )
    .describe(
      'The highest age of its view in each of the last 60 whole minutes and this one; `null`: it was not live',
    ),
  applies: z
    .array(
      z.object({
        partition: z.number(),
        upTo: z.string().describe('Everything of the revocation topic below this position'),
        appendedAt: timeText,
        appliedAt: timeText,
        afterMs: z.number(),
      }),
    )
    .describe(
      'Its last applies, newest first: the append by the broker’s clock, and the apply by the edge’s',
    ),
})

export const behindForm = z.object({
  partition: z.number(),
  position: z.string(),
  head: z.string().nullable(),
  records: z.string().nullable(),
  behindMs: msOrNull,
})

export const lagForm = answerWith({
  recording: z.array(behindForm),
  edges: z.array(
    behindForm.extend({ edge: z.string(), standing: z.enum(EDGE_STATUSES), ...GROUP_MEMBERS }),
  ),
})

/** An edge that reported within the last hour. */
export type EdgeJson = Wire<typeof edgeForm>

/** A page of them, by name. */
export type EdgesAnswer = Wire<typeof edgesForm>

/** The recent states of an edge. */
export type EdgeHistory = Wire<typeof edgeHistoryForm>

/** The lag of a reader in one partition; `null` if the broker does not answer. */
export type Behind = Wire<typeof behindForm>

/** The lag of recording and of each edge. */
export type Lag = Wire<typeof lagForm>
