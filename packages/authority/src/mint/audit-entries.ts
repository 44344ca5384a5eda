import { subjectKey, type JudgedToken } from '@freshet/protocol'
import {
  issuanceDigest,
  omittedNames,
  POLICIES_NAMED_MAX,
  type AuditEntry,
  type EvaluationAnswer,
  type IssuanceFacts,
} from '@freshet/wire'
import type { MintedToken, StaleMark } from './mint-store.ts'

type Unaudited = Omit<MintedToken, 'audit'>

/** The author of entries that no client caused. */
const BY = 'authority'

/**
 * The entry of a recorded token: its id, its policy version, and the digest of its issuance record, which has
 * its subject and its claims.
 */
export function issuedEntry(minted: Unaudited): AuditEntry {
  const { token, audience, iatMs: atMs } = minted
  const { jti: ref, tenant, client: by, pv } = token
  const { over, unverified } = omittedNames(token.omitted)
  const detail = {
    audience,
    pv,
    issuance: digestOf(minted),
    ...(over.length > 0 && { over: over.join(' ') }),
    ...(unverified.length > 0 && { omitted: unverified.join(' ') }),
  }
  return { kind: 'token-issued', atMs, tenant, ref, by, detail }
}

/** Written out: spreading its parts took longer than the hash. */
function digestOf(minted: Unaudited): string {
  const { token } = minted
  const [{ subject, label }] = token.parties
  const { over, unverified } = omittedNames(token.omitted)
  const facts: IssuanceFacts = {
    jti: token.jti,
    tenant: token.tenant,
    subject: subjectKey(subject),
    client: token.client,
    audience: minted.audience,
    kid: token.kid,
    pv: token.pv,
    registryHash: minted.registryHash,
    e: label.e,
    s: label.s,
    c: label.c,
    iatMs: minted.iatMs,
    expMs: minted.expMs,
    claims: minted.present,
    claimsDigest: minted.claimsDigest,
    through: minted.throughMs,
    over,
    omitted: unverified,
  }
  return issuanceDigest(facts, minted.salt)
}

/** That a token which was recorded did not leave, and by which change it was stale. */
export function withheldEntry({ token }: MintedToken, mark: StaleMark): AuditEntry {
  const { jti: ref, tenant } = token
  const { atMs, reason, source, change } = mark
  return { kind: 'token-withheld', atMs, tenant, ref, by: BY, detail: { reason, source, change } }
}

/**
 * The entry of a decision about a high-risk request: the verdict of each claim, without values; for a named
 * route, also the policies that decided.
 */
export function decidedEntry(
  { jti: ref, tenant, pv }: JudgedToken,
  { decision, code, verdicts, policies = [] }: EvaluationAnswer,
  { by, audience, route, atMs }: DecisionContext,
): AuditEntry {
  const claims = [...verdicts].map(([claim, { kind }]) => `${claim || 'token'} ${kind}`).join(', ')
  const named = policies.slice(0, POLICIES_NAMED_MAX).join(', ')
  const ofRoute = route === undefined ? {} : { route, policies: named }
  const detail = { decision, code: code ?? null, audience, pv, claims, ...ofRoute }
  return { kind: 'access-decided', atMs, tenant, ref, by, detail }
}

interface DecisionContext {
  /** The client that asked. */
  readonly by: string
  readonly audience: string
  readonly route: string | undefined
  readonly atMs: number
}
