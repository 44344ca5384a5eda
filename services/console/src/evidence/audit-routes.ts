import { answerForms as forms, type AuditEntryJson } from '@freshet/insight/answers'
import { joinActivations, readEntries, type AuditReader, type ReadEntry } from '@freshet/audit'
import { FreshetError } from '@freshet/protocol'
import {
  AUDIT_KINDS,
  AUDIT_READS,
  AUDIT_STREAMS,
  auditStreamOf,
  formatRfc3339,
} from '@freshet/wire'
import { parseRfc3339 } from '@freshet/wire/rfc3339'
import { requireRole } from '@freshet/runtime'
import type { Hono } from 'hono'
import * as z from 'zod'
import { adminOf } from '../admission/admission.ts'
import { addView } from '../view.ts'

const LIMIT = 100
const LIMIT_MAX = 500
const word = z.string().min(1).max(256)

/** The query of the list. */
export const auditQuery = z.strictObject({
  stream: z.enum(AUDIT_STREAMS).exactOptional(),
  kind: z.enum(AUDIT_KINDS).exactOptional(),
  tenant: word.exactOptional(),
  ref: word.exactOptional(),
  since: word.exactOptional(),
  until: word.exactOptional(),
  reads: z
    .enum(['true', 'false'])
    .default('true')
    .describe('`false` leaves out the entries of what admins read'),
  activations: z
    .enum(['partitions', 'versions'])
    .default('partitions')
    .describe('`versions`: one entry for the activation of a version in all partitions'),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
})

const KINDS = AUDIT_KINDS.map((kind) => ({ kind, stream: auditStreamOf(kind) }))

/** The reader of the audit. */
export interface AuditRouteParts {
  readonly auditReader: Pick<AuditReader, 'latest' | 'status'>
}

/**
 * Adds the sealed entries, newest first. `freshet audit verify`, which has the keys, checks their integrity.
 */
export function addAuditRoutes(app: Hono, { auditReader }: AuditRouteParts): void {
  addView(app, '/v1/audit', forms.AuditEntries, async (c) => {
    requireRole(adminOf(c), 'operator')
    const question = readQuestion(c.req.query())
    const { limit, since, until, reads, activations, ...words } = question
    const filter = {
      ...words,
      ...(reads === 'false' && { without: AUDIT_READS }),
      ...(since !== undefined && { sinceMs: momentOf('since', since) }),
      ...(until !== undefined && { untilMs: momentOf('until', until) }),
    }
    const [entries, ...streams] = await Promise.all([
      auditReader.latest(filter, limit),
      ...AUDIT_STREAMS.map(async (stream) => {
        const { n, pending } = await auditReader.status(stream)
        return { stream, sealed: String(n), pending: pending.count }
      }),
    ])
    const read = readEntries(entries)
    const items = (activations === 'versions' ? joinActivations(read) : read).map(entryJson)
    return { streams, items, kinds: KINDS }
  })
}

/** Returns a bound of the list in time. */
function momentOf(name: string, text: string): number {
  const atMs = parseRfc3339(text)
  if (atMs === undefined)
    throw new FreshetError('request.malformed', `${name} must be an RFC 3339 time.`)
  return atMs
}

function entryJson({
  stream,
  n,
  kind,
  tenant,
  ref,
  atMs,
  hash,
  by,
  detail,
}: ReadEntry): AuditEntryJson {
  return {
    stream,
    n: String(n),
    kind,
    tenant,
    ref,
    at: formatRfc3339(atMs),
    by,
    detail,
    hash,
  }
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof auditQuery> {
  const read = auditQuery.safeParse(query)
  if (read.success) return read.data
  const message = 'The query is not valid for the audit.'
  throw new FreshetError('request.malformed', message, { cause: read.error })
}
