import {
  answerForms as forms,
  type Place,
  type QuarantinedDetail,
  type QuarantinedJson,
  type QuarantinedList,
} from '@freshet/insight/answers'
import { errorCodes, FreshetError, type Clock } from '@freshet/protocol'
import {
  formatRfc3339,
  isQuarantinedId,
  subjectReadEntry,
  type AuditLog,
  type LogReader,
  type OutgoingRecord,
} from '@freshet/wire'
import {
  DOUBTS_SHOWN_MAX,
  findQuarantined,
  inDoubtOf,
  readOriginal,
  type QuarantinedCount,
  type QuarantinedPlace,
  type QuarantinedRecord,
  type QuarantineStore,
  WAITING,
  type QuarantinedCursor,
  type QuarantinedFilter,
} from '@freshet/reconciler'
import { requireRole, type Logger } from '@freshet/runtime'
import type { Hono } from 'hono'
import * as z from 'zod'
import { adminOf } from '../admission/admission.ts'
import { decodedPayload } from './decoded-payload.ts'
import { addView, type Content } from '../view.ts'

/** The parts that the routes of the quarantine answer from. */
export interface QuarantineParts {
  readonly quarantine: Pick<QuarantineStore, 'list' | 'counts' | 'find' | 'effects'>
  readonly reader: Pick<LogReader, 'read'>
  readonly logger: Logger
  /** The log that gets each read of a payload. */
  readonly audit: AuditLog
  readonly clock: Clock
}

/** Headers whose text is names and places, never a value of a claim or a proof. */
const SHOWN: ReadonlySet<string> = new Set([
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'ce_specversion',
  'ce_freshettenant',
  'ce_freshetpartition',
  'ce_freshetnumber',
  'content-type',
  'traceparent',
])
const TEXT_BYTES_MAX = 512
const HEADERS_MAX = 64

/**
 * Adds what is shown of parked records. Lists and details hold no content but names. The payload is for operators, and
 * each read of it is logged and audited. The gateway replays and drops.
 */
export function addQuarantineRoutes(app: Hono, parts: QuarantineParts): void {
  const { quarantine, logger } = parts
  addView(app, '/v1/quarantine', forms.ParkedRecords, async (c) => {
    const { filter, limit, after } = readQuarantinedQuestion(c.req.query())
    const [found, counts] = await Promise.all([
      quarantine.list(filter, limit + 1, after),
      quarantine.counts(filter),
    ])
    const page = found.slice(0, limit)
    const next = found.length > limit ? cursorOf(page) : null
    return { items: page.map(quarantinedJson), next, counts: counts.map(countJson) }
  })
  addView(app, '/v1/quarantine/:id', forms.ParkedDetail, async (c) => {
    const quarantined = await find(parts, c.req.param('id'))
    const effects = await quarantine.effects(quarantined, DOUBTS_SHOWN_MAX)
    const content = await originalIfKept(parts, quarantined)
    return {
      ...quarantinedJson(quarantined),
      ...meaningOf(quarantined.code),
      inDoubt: inDoubtOf(quarantined, effects),
      content: content && contentJson(content),
    }
  })
  addView(app, '/v1/quarantine/:id/record', forms.RawRecord, async (c) => {
    const { name } = requireRole(adminOf(c), 'operator')
    const quarantined = await find(parts, c.req.param('id'))
    const original = await readOriginal(quarantined, parts.reader)
    await recordRead(parts, quarantined, name)
    logger.info({ admin: name, id: quarantined.id }, 'raw bytes of a quarantined record read')
    c.header('cache-control', 'no-store')
    return { id: quarantined.id, ...rawJson(original), decoded: decodedPayload(original) }
  })
}

/**
 * Stores the entry of a read before the payload leaves. The entry names a subject by its digest where the record put
 * claims of one subject in doubt: nothing else proves a subject. @throws `database.*`; then no payload leaves
 */
async function recordRead(
  { quarantine, audit, clock }: QuarantineParts,
  quarantined: QuarantinedRecord,
  by: string,
): Promise<void> {
  const { doubts } = await quarantine.effects(quarantined, DOUBTS_SHOWN_MAX)
  const [subject = null, ...others] = new Set(doubts.map((doubt) => doubt.subject))
  const entry = subjectReadEntry({
    tenant: quarantined.tenant ?? '*',
    subject: others.length === 0 ? subject : null,
    by,
    atMs: clock.nowMs(),
    detail: { answer: 'quarantined record', record: quarantined.id },
  })
  await audit.append([entry])
}

async function find({ quarantine }: QuarantineParts, id: string): Promise<QuarantinedRecord> {
  if (isQuarantinedId(id)) return findQuarantined(quarantine, id)
  throw new FreshetError('request.not-found', 'No quarantined record has an id of this form.')
}

/** Null while the bytes are on their way to the topic, and once it has let go of them. */
async function originalIfKept(
  { reader }: QuarantineParts,
  quarantined: QuarantinedRecord,
): Promise<OutgoingRecord | null> {
  try {
    return await readOriginal(quarantined, reader)
  } catch (error) {
    const isAway = error instanceof FreshetError && AWAY.has(error.code)
    if (isAway) return null
    throw error
  }
}

const AWAY: ReadonlySet<string> = new Set(['request.not-found', 'broker.unavailable'])

/** A parked record as the API gives it: no content. */
function quarantinedJson(quarantined: QuarantinedRecord): QuarantinedJson {
  const { id, state, rule, topic, partition, tenant, source, change } = quarantined
  const { arrivals, bytes, replays, outcome, decided, first, last } = quarantined
  return {
    id,
    state,
    reason: quarantined.code,
    rule,
    topic,
    partition,
    tenant,
    source,
    change,
    proven: quarantined.code !== 'event.unauthentic',
    first: placeJson(first),
    last: placeJson(last),
    arrivals,
    bytes,
    replays,
    outcome,
    decided: decided && {
      by: decided.by,
      at: formatRfc3339(decided.atMs),
      reason: decided.reason,
    },
  }
}

/** The meaning of a code and the next step, as the page of errors has them. */
export function meaningOf(code: string): Pick<QuarantinedDetail, 'means' | 'remedy'> {
  const known = Object.entries(errorCodes).find(([name]) => name === code)?.[1]
  return known === undefined ? {} : { means: known.what, remedy: known.remedy }
}

function placeJson({ e, offset, atMs }: QuarantinedPlace): Place {
  return { e: String(e), offset: String(offset), at: formatRfc3339(atMs) }
}

/** The number of quarantined records for a reason. */
export function countJson({
  topic,
  reason,
  state,
  records,
  oldestAtMs,
}: QuarantinedCount): QuarantinedList['counts'][number] {
  return { topic, reason, state, records, oldestAt: formatRfc3339(oldestAtMs) }
}

/** Names and sizes of a record, and of its headers the text of those that hold no content. */
function contentJson({ key, value, headers }: OutgoingRecord): QuarantinedDetail['content'] {
  const all = Object.entries(headers)
  return {
    keyBytes: key?.length ?? null,
    valueBytes: value?.length ?? null,
    headers: all.slice(0, HEADERS_MAX).map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      text: SHOWN.has(name) ? textOf(bytes) : null,
    })),
    moreHeaders: Math.max(0, all.length - HEADERS_MAX),
  }
}

function textOf(bytes: Uint8Array): string | null {
  if (bytes.length > TEXT_BYTES_MAX) return null
  return Buffer.from(bytes).toString()
}

/** All bytes, base64. */
function rawJson({
  key,
  value,
  headers,
}: OutgoingRecord): Omit<Content<typeof forms.RawRecord>, 'id'> {
  const named = Object.entries(headers).map(([name, bytes]) => [name, base64(bytes)])
  return {
    key: key && base64(key),
    value: value && base64(value),
    headers: Object.fromEntries(named) as Record<string, string>,
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** The begin of the next page: behind the last record of this one. */
function cursorOf(page: readonly QuarantinedRecord[]): string | null {
  const last = page.at(-1)
  return last ? `${last.first.atMs}.${last.id}` : null
}

/** The default size of a page, and its limit. */
const LIMIT = 50
const LIMIT_MAX = 200

/** Which parked records are asked for, and which page of them. */
interface QuarantinedQuestion {
  readonly filter: QuarantinedFilter
  readonly limit: number
  readonly after: QuarantinedCursor | undefined
}

const word = z.string().min(1).max(128)
/** A parameter that is not known is an error: what it was meant to narrow would be shown whole. */
export const quarantinedQuery = z.strictObject({
  /** `waiting` is open or being replayed. */
  state: z.enum(['waiting', 'open', 'replaying', 'replayed', 'dropped', 'any']).default('waiting'),
  source: word.exactOptional(),
  tenant: word.exactOptional(),
  reason: word.exactOptional(),
  topic: word.exactOptional(),
  /** First found before. */
  before: z.iso.datetime({ offset: true }).exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
  after: z.string().transform(cursorIn).exactOptional(),
})

/** Reads the query of the list. @throws `request.malformed` */
function readQuarantinedQuestion(query: Readonly<Record<string, string>>): QuarantinedQuestion {
  const read = quarantinedQuery.safeParse(query)
  if (!read.success) {
    const message = 'The query is not valid for a list of quarantined records.'
    throw new FreshetError('request.malformed', message, { cause: read.error })
  }
  const { state, before, limit, after, ...named } = read.data
  const filter = {
    ...named,
    ...(state === 'any' ? {} : { states: state === 'waiting' ? WAITING : [state] }),
    ...(before === undefined ? {} : { beforeMs: Date.parse(before) }),
  }
  return { filter, limit, after }
}

function cursorIn(text: string, context: z.RefinementCtx): QuarantinedCursor {
  const [, ms, id = ''] = /^(\d{1,15})\.(.*)$/.exec(text) ?? []
  if (ms !== undefined && isQuarantinedId(id)) return { firstAtMs: Number(ms), id }
  context.addIssue('must be the `next` of an earlier page')
  return z.NEVER
}
