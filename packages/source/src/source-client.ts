import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { StatedKind } from '@freshet/protocol'
import { contentDigest, type BoundRequest } from '@freshet/wire'
import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose'
import type { BatchAnswer, ItemAnswer } from './deliver.ts'
import { readProblem } from './problem-error.ts'
import { withTimeLimit } from './time-limit.ts'

/** Life of a source's assertion, well below the 60 s that the gateway allows. */
const ASSERTION_LIFE_S = 30
const ANSWER_WITHIN_MS = 10_000
/** A batch waits for the broker. */
const BATCH_ANSWER_WITHIN_MS = 30_000

/** A source's private key, as it is kept on disk. */
export interface SourceKey {
  readonly source: string
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey | Uint8Array
}

/** Reads a private JWK file. */
export async function readSourceKey(source: string, keyFile: string): Promise<SourceKey> {
  const jwk = JSON.parse(await readFile(keyFile, 'utf8')) as JWK
  const alg = jwk.alg ?? 'ES256'
  return { source, kid: jwk.kid ?? '', alg, key: await importJWK(jwk, alg) }
}

/**
 * A source's bearer assertion for the gateway (the shape of RFC 7523). With a `request` it names that
 * request, and the gateway takes it with no other one.
 */
export function sourceAssertion(
  key: SourceKey,
  gateway: string,
  request?: BoundRequest,
): Promise<string> {
  return new SignJWT(request && bindingTo(request))
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .setIssuer(key.source)
    .setSubject(key.source)
    .setAudience(gateway)
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_LIFE_S}s`)
    .setJti(randomUUID())
    .sign(key.key)
}

/** The members that the gateway compares: method and URL (RFC 9449 §4.2), and the digest of a body. */
function bindingTo({ method, url, body }: BoundRequest): Record<string, string> {
  const digest = body.length === 0 ? {} : { content_digest: contentDigest(body) }
  return { htm: method, htu: url, ...digest }
}

/** Posts text to the gateway as this source, bound to it; the answer as it is. */
export async function postText(
  key: SourceKey,
  { gateway, path }: { readonly gateway: string; readonly path: string },
  sent: { readonly contentType: string; readonly text: string; readonly signal: AbortSignal },
): Promise<Response> {
  const url = new URL(path, gateway)
  const request = { method: 'POST', url: url.href, body: Buffer.from(sent.text) }
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await sourceAssertion(key, gateway, request)}`,
      'content-type': sent.contentType,
    },
    body: sent.text,
    signal: sent.signal,
  })
}

/** Sends a batch of changes, a JSON array of them; the answer to each. */
export async function postBatch(
  key: SourceKey,
  gateway: string,
  sent: { readonly text: string; readonly signal: AbortSignal },
): Promise<BatchAnswer> {
  const response = await postText(
    key,
    { gateway, path: '/v1/changes' },
    {
      contentType: 'application/cloudevents-batch+json',
      text: sent.text,
      signal: withTimeLimit(sent.signal, BATCH_ANSWER_WITHIN_MS),
    },
  )
  const { status } = response
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isNaN(after) ? undefined : after
  const { items } = (await response.clone().json()) as { items?: readonly ItemAnswer[] }
  if (response.ok) return { status, retryAfter, items, detail: '' }
  const { code, message: detail } = await readProblem(response)
  return { status, code, retryAfter, items, detail }
}

/** Posts a body to the gateway as this source; the parsed answer. The signal ends the request early. */
export async function postAsSource(
  key: SourceKey,
  url: { readonly gateway: string; readonly path: string },
  body: { readonly contentType: string; readonly json: unknown; readonly until?: AbortSignal },
): Promise<unknown> {
  const response = await postText(key, url, {
    contentType: body.contentType,
    text: JSON.stringify(body.json),
    signal: inTime(body.until),
  })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}

/** The gateway's numbering of a source. */
export interface SourceSequenceAnswer {
  /** The sequence that the gateway expects next; only where the source numbers its events. */
  readonly next?: string
  /** The sequence that follows once every hole is closed; so too. */
  readonly above?: string
  /** Sequences that never came, at most 20 ranges; so too. */
  readonly holes?: readonly { readonly from: string; readonly to: string }[]
}

/** The part of a source's status at the gateway that this program needs. */
export interface SourceStatusAnswer extends SourceSequenceAnswer {
  readonly owner: string
  readonly contact: string
  readonly statement: StatementAnswer | null
  readonly partitions: readonly { readonly partition: number; readonly condition: string }[]
  /** The kinds of state that it sends beside claims; absent from gateways of earlier releases. */
  readonly states?: readonly StatedKind[]
  /** Accounts that its last snapshot of accounts omitted; only of the account source. */
  readonly omittedAccounts?: number
  /** The time when an activation last gave it something to state. The state of a snapshot must be later. */
  readonly stateAfter?: string
}

/** The state of the newest snapshot, and its findings. */
export interface StatementAnswer {
  readonly begin: string
  readonly partitions: readonly {
    readonly partition: number
    readonly state: 'awaited' | 'open' | 'held' | 'ending' | 'ended' | 'void'
  }[]
  readonly compared: number
  readonly missed: {
    readonly removals: number
    readonly grants: number
    readonly changes: readonly MissedAnswer[]
  }
}

/** A claim of a subject that changed unannounced. */
export interface MissedAnswer {
  readonly iss: string
  readonly sub: string
  readonly claim: string
  readonly change: string
  readonly removal: boolean
  readonly grant: boolean
}

/** Asks the gateway how it sees this source. */
export async function askSourceStatus(
  key: SourceKey,
  gateway: string,
  tenant: string,
): Promise<SourceStatusAnswer> {
  return (await askAsSource(key, gateway, { tenant })) as SourceStatusAnswer
}

/** Asks the gateway for the numbers of this source alone: it costs a fraction of its status. */
export async function askSourceSequence(
  key: SourceKey,
  gateway: string,
  tenant: string,
  until?: AbortSignal,
): Promise<SourceSequenceAnswer> {
  const query = { tenant, only: 'sequence' }
  return (await askAsSource(key, gateway, query, { until })) as SourceSequenceAnswer
}

function inTime(until: AbortSignal | undefined): AbortSignal {
  return until === undefined
    ? AbortSignal.timeout(ANSWER_WITHIN_MS)
    : withTimeLimit(until, ANSWER_WITHIN_MS)
}

/** Asks the gateway for something of this source: the path behind its name, and the query. */
export async function askAsSource(
  key: SourceKey,
  gateway: string,
  query: Readonly<Record<string, string>>,
  more: { readonly until?: AbortSignal | undefined; readonly path?: string } = {},
): Promise<unknown> {
  const url = new URL(`/v1/sources/${encodeURIComponent(key.source)}${more.path ?? ''}`, gateway)
  const request = { method: 'GET', url: url.href, body: new Uint8Array() }
  url.search = new URLSearchParams(query).toString()
  const authorization = `Bearer ${await sourceAssertion(key, gateway, request)}`
  const response = await fetch(url, { headers: { authorization }, signal: inTime(more.until) })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}
