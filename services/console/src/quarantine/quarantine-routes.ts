import type { QuarantinedDetail, QuarantinedList, RawRecord } from '@freshet/insight/answers'
import { FreshetError, type Clock } from '@freshet/protocol'
import {
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
  type InDoubt,
  type QuarantinedRecord,
  type QuarantineStore,
} from '@freshet/reconciler'
import { requireRole, type Logger } from '@freshet/runtime'
import type { Hono } from 'hono'
import { adminOf, maySeePersons } from '../admission/admission.ts'
import { decodedPayload } from './decoded-payload.ts'
import {
  contentJson,
  countJson,
  cursorOf,
  meaningOf,
  quarantinedJson,
  rawJson,
} from './quarantine-json.ts'
import { readQuarantinedQuestion } from './quarantine-question.ts'

/** The parts that the routes of the quarantine answer from. */
export interface QuarantineParts {
  readonly quarantine: Pick<QuarantineStore, 'list' | 'counts' | 'find' | 'effects'>
  readonly reader: Pick<LogReader, 'read'>
  readonly logger: Logger
  /** The log that gets each read of a payload. */
  readonly audit: AuditLog
  readonly clock: Clock
}

const API_VERSION = 'freshet.dev/v1'

/**
 * Adds what is shown of parked records. Lists and details hold no content but names. The payload is for operators, and
 * each read of it is logged and audited. The gateway replays and drops.
 */
export function addQuarantineRoutes(app: Hono, parts: QuarantineParts): void {
  const { quarantine, logger } = parts
  app.get('/v1/quarantine', async (c) => {
    const { filter, limit, after } = readQuarantinedQuestion(c.req.query())
    const [found, counts] = await Promise.all([
      quarantine.list(filter, limit + 1, after),
      quarantine.counts(filter),
    ])
    const page = found.slice(0, limit)
    const next = found.length > limit ? cursorOf(page) : null
    const items = page.map(quarantinedJson)
    const answer = { apiVersion: API_VERSION, items, next, counts: counts.map(countJson) }
    return c.json(answer satisfies QuarantinedList)
  })
  app.get('/v1/quarantine/:id', async (c) => {
    const quarantined = await find(parts, c.req.param('id'))
    const effects = await quarantine.effects(quarantined, DOUBTS_SHOWN_MAX)
    const content = await originalIfKept(parts, quarantined)
    return c.json({
      apiVersion: API_VERSION,
      ...quarantinedJson(quarantined),
      ...meaningOf(quarantined.code),
      inDoubt: seenBy(inDoubtOf(quarantined, effects), maySeePersons(c)),
      content: content && contentJson(content),
    } satisfies QuarantinedDetail)
  })
  app.get('/v1/quarantine/:id/record', async (c) => {
    const { name } = requireRole(adminOf(c), 'operator')
    const quarantined = await find(parts, c.req.param('id'))
    const original = await readOriginal(quarantined, parts.reader)
    await recordRead(parts, quarantined, name)
    logger.info({ admin: name, id: quarantined.id }, 'raw bytes of a quarantined record read')
    c.header('cache-control', 'no-store')
    const decoded = decodedPayload(original)
    const answer = { apiVersion: API_VERSION, id: quarantined.id, ...rawJson(original), decoded }
    return c.json(answer satisfies RawRecord)
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

/** Only operators see the subjects of claims in doubt. */
function seenBy(inDoubt: InDoubt, persons: boolean): QuarantinedDetail['inDoubt'] {
  if (persons) return inDoubt
  return { ...inDoubt, claims: inDoubt.claims.map((row) => ({ ...row, subject: null })) }
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
