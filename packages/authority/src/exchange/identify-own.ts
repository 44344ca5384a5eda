import {
  FreshetError,
  TOKEN_ITSELF,
  withoutClaims,
  type Client,
  type Denial,
  type JudgedToken,
  type Subject,
} from '@freshet/protocol'
import { decideAccess, type DecideDependencies } from '../access/decide-access.ts'
import {
  isBound,
  readOwnToken,
  tokenUnproven,
  type OwnTerms,
  type OwnToken,
} from '../tokens/own-token.ts'
import { scopesIn } from '../tokens/scopes-of-token.ts'
import { tokenInvalid } from '../tokens/signed-token.ts'
import type { MayAct } from './subject-token.ts'

/** The parties of an exchanged token, and its limits for the new token. */
export interface Identified {
  /** Its subject, then its actors, the present one first. */
  readonly parties: readonly [Subject, ...Subject[]]
  readonly sid: string | undefined
  readonly mayAct: MayAct | undefined
  readonly denials: readonly Denial[]
  /** A token of ours, without its claims: it must not end before its successor is recorded. */
  readonly own?: JudgedToken
  /** The latest end of the new token. Present for our own tokens and long-lived tokens of an identity provider. */
  readonly notAfterMs?: number
  /**
   * The issue time of an identity provider's long-lived token: an event that ended its account later ended
   * it.
   */
  readonly issuedMs?: number
  /** The most scopes of the new token. Present for our own tokens. */
  readonly scopes?: readonly string[]
}

/** The parts of the process that exchanging our access tokens needs. */
export type OwnExchange = OwnTerms & DecideDependencies

/**
 * Checks an access token of ours that a client exchanges: as the resource server that it was sent to, or as
 * the client that it was issued to. It must be in force, known to the ledger, and fresh in all but its
 * claims, which are read again: so an exchange gives no right that was cut off.
 *
 * @throws `token.invalid` naming the rule, `token.unproven`, `mint.unverified`, `database.*`
 */
export async function identifyOwn(
  jwt: string,
  what: string,
  client: Client,
  own: OwnExchange,
): Promise<Identified> {
  const read = readOwnToken(jwt, own)
  if (!isTheirs(read, client)) throw tokenInvalid(what, 'was sent to others than this client')
  if (isBound(read.payload)) throw tokenUnproven(what)
  await requireFresh(read, what, own)
  const { sid, parties } = read.token
  const [{ subject }, ...actors] = parties
  return {
    parties: [subject, ...actors.map((actor) => actor.subject)],
    sid,
    mayAct: undefined,
    denials: [],
    own: withoutClaims(read.token),
    notAfterMs: read.expMs,
    scopes: scopesIn(read),
  }
}

function isTheirs({ token, audiences }: OwnToken, { tenant, id, introspects }: Client): boolean {
  const isReceived = audiences.some((audience) => introspects.includes(audience))
  return token.tenant === tenant && (token.client === id || isReceived)
}

async function requireFresh(read: OwnToken, what: string, own: OwnExchange): Promise<void> {
  const question = { subject: '', audience: '', token: '', claims: [TOKEN_ITSELF], positions: [] }
  const { decision, verdicts } = await decideAccess(read, question, own)
  if (decision) return
  if (verdicts.get(TOKEN_ITSELF)?.kind === 'unverified') {
    throw new FreshetError('mint.unverified', `The ${what} is unverified: a source is silent.`)
  }
  throw tokenInvalid(what, 'is stale, or not in force')
}
