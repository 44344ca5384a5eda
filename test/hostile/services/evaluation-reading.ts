import type { PolicyEngine } from '@freshet/authority'
import { scopeKey, subjectKey, type Route } from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'
import { ACME_IDP } from '@freshet/testkit'
import { POLICY_ROUTE } from '../../requests/authority-requests.ts'
import { jsonOf, type HostileAnswer, type HostileRequest } from '../../requests/request.ts'
import type { TokenBook } from '../mutation/token-book.ts'
import { clientOf, type Known } from './oauth-reading.ts'

/** The position up to which the authority has recorded each partition. */
const RECORDED = { e: 1n, offset: 5n }

/** The one token that the ledger has. */
export function recordToken(database: MemoryDatabase, expMs: number): void {
  const subject = subjectKey({ tenant: 'acme', iss: ACME_IDP, sub: 'alice' })
  const label = { e: 1n, s: 5n, c: 5n }
  database.tokens.set('recorded', {
    jti: 'recorded',
    tenant: 'acme',
    subject,
    client: 'web',
    audience: 'payments',
    kid: 'k1',
    pv: 1,
    label,
    expMs,
    iatMs: expMs - 300_000,
    sid: null,
    stale: null,
    actors: [],
    actorPositions: [],
    over: [],
    omitted: [],
    claims: ['groups'],
    valueScopes: [scopeKey({ kind: 'value', tenant: 'acme', claim: 'groups', value: 'a' })],
  })
}

/** The largest amount that the policies of the route permit. */
const AMOUNT_MAX = 5

/** The route in the registry. */
export const HOSTILE_ROUTES: ReadonlyMap<string, Route> = new Map([
  [
    POLICY_ROUTE,
    { require: new Map([['groups', ['a']]]), risk: 'high', policies: ['policies/p.cedar'] },
  ],
])

/** The decisions of its policies. */
export const HOSTILE_POLICIES: PolicyEngine = {
  reads: async () => ['groups'],
  decide: async ({ claims, facts }) => {
    const isMember = claims.get('groups')?.includes('a') === true
    return { permitted: isMember && isSmall(facts), by: [] }
  },
}

function isSmall({ amount, ...others }: Readonly<Record<string, unknown>>): boolean {
  return (
    Number.isInteger(amount) && Number(amount) <= AMOUNT_MAX && Object.keys(others).length === 0
  )
}

/** Reads the question as the page defines it, and returns what the answer wrongly revealed. */
export function judgeEvaluation(
  book: TokenBook<Known>,
  request: HostileRequest,
  { body }: HostileAnswer,
  hasChanged: boolean,
): string | undefined {
  if (hasChanged) return 'an evaluation changed state'
  const client = clientOf(book, request, new URLSearchParams())
  const question = jsonOf(request)
  if (body.includes('"decision":true') && !(client === 'payments-api' && mayAllow(book, question)))
    return `allowed: ${body}`
  const hasVerdicts = /"(?:fresh|stale|unverified)"/.test(body)
  return hasVerdicts && client !== 'payments-api' ? `told ${client}: ${body}` : undefined
}

function mayAllow(book: TokenBook<Known>, question: unknown): boolean {
  const { subject, action, resource, context } = members(question)
  const { token, claims, positions = [], ...facts } = members(context)
  const { name: route } = members(action)
  const names = claims === undefined ? [] : claims
  return (
    members(subject)['id'] === 'alice' &&
    (route === 'use-claims' || (route === POLICY_ROUTE && isSmall(facts))) &&
    members(resource)['type'] === 'audience' &&
    members(resource)['id'] === 'payments' &&
    book.find(String(token))?.kind === 'recorded' &&
    Array.isArray(names) &&
    names.every((name) => isDeclared(name)) &&
    Array.isArray(positions) &&
    positions.every((position) => isRecorded(position))
  )
}

/** Returns whether a claim has sources, all of which are live. */
function isDeclared(name: unknown): boolean {
  return ['groups', 'entitlements', 'department', 'roles'].includes(String(name))
}

function isRecorded(position: unknown): boolean {
  const { e, offset } = members(position)
  const at = BigInt(String(e))
  return at < RECORDED.e || (at === RECORDED.e && BigInt(String(offset)) <= RECORDED.offset)
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Record<string, unknown>
}
