import { answerForms as forms, type IssuanceJson, type TokenView } from '@freshet/insight/answers'
import { explainToken, type TokenExplanation, PAST_TOKENS_KEPT_MS } from '@freshet/authority'
import {
  heldTokenJson,
  subjectJson,
  type HolderPage,
  type RecordedToken,
  type HolderCursor,
  type HolderQuestion,
} from '@freshet/insight'
import { FreshetError, scopeKey, type ClaimValue } from '@freshet/protocol'
import { readRegistryDocument, type VersionStore } from '@freshet/registry'
import { requireRole, readJsonBody } from '@freshet/runtime'
import { formatRfc3339, verdictJson } from '@freshet/wire'
import type { Hono } from 'hono'
import * as z from 'zod'
import { adminOf } from '../admission/admission.ts'
import type { ConsoleParts } from '../console-parts.ts'
import { addView, type Content } from '../view.ts'

/** The verdicts on a token, its content, and the present or past holders of a value. */
export function addTokenRoutes(app: Hono, parts: ConsoleParts): void {
  const { loaded, evidence } = parts
  const judging = () => ({ ...parts.judging, loaded: loaded() })
  addView(app, '/v1/tokens', forms.Holders, async (c) => {
    // The holders of a value need a higher role than the state of the system.
    requireRole(adminOf(c), 'operator')
    const { question, limit } = readHolderQuestion(c.req.query(), parts.judging.clock.nowMs())
    const page = await evidence.holders(question, limit)
    return { at: formatRfc3339(question.atMs), ...holdersJson(page) }
  })
  addView(app, '/v1/tokens/:jti', forms.TokenView, async (c) => {
    const jti = c.req.param('jti')
    const explained = await explainToken(jti, { ...judging(), keys: [] }).catch(wrongToken)
    return tokenView(parts, jti, explained)
  })
  const explain = async (bytes: ArrayBuffer): Promise<Content<typeof forms.TokenView>> => {
    const token = readTokenQuestion(new Uint8Array(bytes))
    const deps = { ...judging(), keys: await parts.tokenKeys() }
    const explained = await explainToken(token, deps).catch(wrongToken)
    return tokenView(parts, explained?.token.jti ?? token, explained)
  }
  const path = '/v1/tokens/explain'
  addView(app, path, forms.TokenView, async (c) => explain(await c.req.arrayBuffer()), 'POST')
}

async function tokenView(
  { evidence, history, judging }: ConsoleParts,
  jti: string,
  explained: TokenExplanation | undefined,
): Promise<Content<typeof forms.TokenView>> {
  const issued = await evidence.issued(jti)
  const token = explained
    ? tokenJson(explained)
    : issued && pastTokenJson(issued, judging.clock.nowMs())
  if (token === undefined) {
    throw new FreshetError('request.not-found', 'No token of that id is known.')
  }
  return { ...token, issuance: issued === undefined ? null : await issuanceJson(issued, history) }
}

/** The authority's verdicts on a token. */
function tokenJson({
  token,
  expired,
  verdicts,
  ledger,
}: TokenExplanation): Omit<TokenView, 'apiVersion' | 'issuance'> {
  return {
    jti: token.jti,
    tenant: token.tenant,
    client: token.client,
    policyVersion: token.pv,
    expired,
    parties: token.parties.map(({ subject, label }) => ({
      subject,
      label: { e: String(label.e), s: String(label.s), c: String(label.c) },
    })),
    claims: Object.fromEntries(
      [...verdicts].map(([claim, verdict]) => [claim, verdictJson(verdict)]),
    ),
    ledger: ledger ? ledgerJson(ledger) : null,
  }
}

function ledgerJson({
  iatMs,
  expMs,
  mark,
}: NonNullable<TokenExplanation['ledger']>): TokenView['ledger'] {
  return {
    issuedAt: formatRfc3339(iatMs),
    expiresAt: formatRfc3339(expMs),
    mark: mark
      ? {
          at: formatRfc3339(mark.atMs),
          reason: mark.reason,
          source: mark.source,
          change: mark.change,
        }
      : null,
  }
}

/** A page of tokens that carried a value; `next` is where another one begins. */
function holdersJson({ items, next }: HolderPage): Omit<Content<typeof forms.Holders>, 'at'> {
  const tokens = items.map((token) => ({
    ...heldTokenJson(token),
    subject: subjectJson(token.subject),
    policyVersion: token.pv,
  }))
  return { items: tokens, next: next && cursorText(next) }
}

/** A token that the ledger no longer has, in place of the authority's answer. */
function pastTokenJson(
  { jti, tenant, client, pv, expMs }: RecordedToken,
  nowMs: number,
): Omit<TokenView, 'apiVersion' | 'issuance'> {
  const expired = expMs <= nowMs
  return { jti, tenant, client, policyVersion: pv, expired, parties: [], claims: {}, ledger: null }
}

/**
 * The content of a token: its version, and for each claim its source, the source's `through`, and the values; `null` if
 * these are no longer kept.
 */
async function issuanceJson(
  issued: RecordedToken,
  history: Pick<VersionStore, 'find'>,
): Promise<IssuanceJson> {
  const sources = await sourcesOf(issued, history)
  const { audience, client, kid, pv, registryHash, iatMs, expMs, withheld, claimsDigest } = issued
  const claims = issued.claims.map((claim) => {
    const source = sources?.get(claim) ?? null
    const through = source === null ? undefined : issued.throughMs[source]
    return {
      claim,
      source,
      through: through === undefined ? null : formatRfc3339(through),
      values: issued.values?.get(claim) ?? null,
    }
  })
  return {
    subject: subjectJson(issued.subject),
    audience,
    client,
    kid,
    policyVersion: pv,
    policyHash: registryHash,
    issuedAt: formatRfc3339(iatMs),
    expiresAt: formatRfc3339(expMs),
    withheld,
    claims,
    claimsDigest,
  }
}

/** The source of each claim, by the text of the version that minted the token, if it is kept. */
async function sourcesOf(
  { pv, registryHash }: RecordedToken,
  history: Pick<VersionStore, 'find'>,
): Promise<ReadonlyMap<string, string> | undefined> {
  const version = await history.find(pv)
  if (version?.hash !== registryHash) return undefined
  const { claims } = readRegistryDocument(version.document).registry
  return new Map([...claims.values()].map(({ name, source }) => [name, source]))
}

/** A whole token stands in a body: what stands in a URL ends up in logs. */
export const tokenQuestionForm = z.object({ token: z.string().min(1).max(8_192) })

/**
 * Reads the body of `POST /v1/tokens/explain`.
 *
 * @throws `request.malformed` with a list of what is wrong, by JSON pointer
 */
function readTokenQuestion(body: Uint8Array): string {
  return readJsonBody(body, tokenQuestionForm, 'a question of /v1/tokens/explain').token
}

/** A malformed token is the question's fault: 401 would concern the asking person. */
function wrongToken(error: unknown): never {
  const isTheirs = error instanceof FreshetError && error.code === 'token.invalid'
  if (!isTheirs) throw error
  throw new FreshetError('request.malformed', error.message, { cause: error })
}

/** Tokens on a page, by default and at most. */
const PAGE_DEFAULT = 100
const PAGE_MAX = 500

const word = (length: number): z.ZodType<string> => z.string().min(1).max(length)
const cursorSchema = z.tuple([z.int().min(0), word(256)])
/** The query of `GET /v1/tokens`. */
export const holdersQuery = z.strictObject({
  tenant: word(128),
  claim: word(128),
  value: z.string().max(1_024),
  at: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  after: word(1_024).optional(),
})

/** The value and the size of a page of its holders. */
interface ReadHolderQuestion {
  readonly question: HolderQuestion
  readonly limit: number
}

/**
 * Reads the query of `GET /v1/tokens`. A value that reads as a number or a truth is asked for as such, and
 * as text.
 *
 * @throws `request.malformed`, also for a time of which nothing is kept any more
 */
function readHolderQuestion(
  query: Readonly<Record<string, string>>,
  nowMs: number,
): ReadHolderQuestion {
  const read = holdersQuery.safeParse(query)
  if (!read.success) {
    const places = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new FreshetError('request.malformed', `The query is wrong: ${places.join('; ')}.`)
  }
  const { tenant, claim, value, at, limit, after } = read.data
  const atMs = at === undefined ? nowMs : Date.parse(at)
  if (atMs > nowMs) throw new FreshetError('request.malformed', 'at is in the future.')
  if (atMs < nowMs - PAST_TOKENS_KEPT_MS) {
    throw new FreshetError('request.malformed', 'Tokens of that time are no longer kept.')
  }
  const scopes = readings(value).map((each) =>
    scopeKey({ kind: 'value', tenant, claim, value: each }),
  )
  const question = { scopes, atMs, ...(after !== undefined && { after: cursorOf(after) }) }
  return { question, limit }
}

function readings(text: string): readonly ClaimValue[] {
  if (text === 'true' || text === 'false') return [text, text === 'true']
  const number = Number(text)
  return text !== '' && String(number) === text && Number.isFinite(number) ? [text, number] : [text]
}

/** A place in the answer as `next` gives it and `after` takes it. */
function cursorText({ expMs, jti }: HolderCursor): string {
  return Buffer.from(JSON.stringify([expMs, jti])).toString('base64url')
}

function cursorOf(text: string): HolderCursor {
  try {
    const [expMs, jti] = cursorSchema.parse(
      JSON.parse(Buffer.from(text, 'base64url').toString('utf8')),
    )
    return { expMs, jti }
  } catch (cause) {
    throw new FreshetError('request.malformed', 'after is not the `next` of an answer.', { cause })
  }
}
