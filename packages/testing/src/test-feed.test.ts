import { createEdge, type Edge } from '@freshet/edge'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestFeed, type TestFeed, type TestFeedOptions } from './index.ts'

let feed: TestFeed
const edges: Edge[] = []

/** Starts an edge as a service does: it awaits readiness and knows nothing of the test. */
async function startEdge(): Promise<Edge> {
  const edge = await createEdge(feed.edgeOptions())
  edges.push(edge)
  await edge.ready()
  return edge
}

async function newFeed(options?: TestFeedOptions): Promise<void> {
  feed = await createTestFeed(options)
}

const APPROVER = { claims: { groups: ['payments-approvers'] } }
const FRESH = { kind: 'fresh' }

async function verdictOf(edge: Edge, token: string, uses?: readonly string[]): Promise<unknown> {
  const { verdict } = await edge.verify(token, uses === undefined ? {} : { uses })
  return verdict
}

beforeEach(() => newFeed())

afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.close()))
})

describe('an edge of a test feed', () => {
  it('is ready without any call of the test, and calls a token fresh', async () => {
    const edge = await startEdge()
    expect(await verdictOf(edge, feed.token(APPROVER))).toEqual(FRESH)
    expect(edge.stats().state).toBe('live')
  })

  it('stays fresh while time moves on, and so does one that starts later', async () => {
    const edge = await startEdge()
    await feed.advance(300_000)
    expect(await verdictOf(edge, feed.token(APPROVER))).toEqual(FRESH)
    const late = await startEdge()
    expect(await verdictOf(late, feed.token(APPROVER))).toEqual(FRESH)
  })

  it('refuses an expired token', async () => {
    const edge = await startEdge()
    const token = feed.token({ ...APPROVER, lifeMs: 60_000 })
    await feed.advance(70_000)
    await expect(edge.verify(token)).rejects.toMatchObject({ code: 'token.invalid' })
  })
})

describe('revoke', () => {
  it('makes the tokens of the subject stale in the claim, at every edge, before it resolves', async () => {
    const both = [await startEdge(), await startEdge()]
    const token = feed.token(APPROVER)
    for (const edge of both) expect(await verdictOf(edge, token)).toEqual(FRESH)
    const change = await feed.revoke({ subject: 'alice', claim: 'groups' })
    const stale = { kind: 'stale', reason: 'claim-changed', change }
    for (const edge of both) expect(await verdictOf(edge, token)).toEqual(stale)
  })

  it('keeps tokens of others fresh, and tokens that were minted later', async () => {
    const edge = await startEdge()
    const bobs = feed.token({ ...APPROVER, subject: 'bob' })
    await feed.revoke({ subject: 'alice', claim: 'groups' })
    expect(await verdictOf(edge, bobs)).toEqual(FRESH)
    expect(await verdictOf(edge, feed.token({ claims: { groups: ['staff'] } }))).toEqual(FRESH)
  })

  it('disables the account of a subject', async () => {
    const edge = await startEdge()
    const token = feed.token()
    const change = await feed.revoke({ subject: 'alice' })
    expect(await verdictOf(edge, token)).toEqual({ kind: 'stale', reason: 'account', change })
  })

  it('denies one token', async () => {
    const edge = await startEdge()
    const [denied, other] = [feed.token(APPROVER), feed.token(APPROVER)]
    const change = await feed.revoke({ token: denied })
    expect(await verdictOf(edge, denied)).toEqual({ kind: 'stale', reason: 'token-denied', change })
    expect(await verdictOf(edge, other)).toEqual(FRESH)
  })

  it('is known to an edge that starts later', async () => {
    const token = feed.token(APPROVER)
    await feed.revoke({ subject: 'alice', claim: 'groups' })
    expect(await verdictOf(await startEdge(), token)).toMatchObject({ kind: 'stale' })
  })

  it('ends a live session', async () => {
    const edge = await startEdge()
    const { claims } = await edge.verify(feed.token(APPROVER))
    const signal = edge.signal(claims)
    await feed.revoke({ subject: 'alice', claim: 'groups' })
    await feed.advance(200)
    expect(signal.aborted).toBe(true)
  })

  it('refuses a claim that the feed does not have, and a text that is no token', async () => {
    await expect(feed.revoke({ subject: 'alice', claim: 'group' })).rejects.toMatchObject({
      code: 'config.invalid',
      message: 'claim: This feed has only groups.',
    })
    await expect(feed.revoke({ token: 'token-1' })).rejects.toMatchObject({ code: 'token.invalid' })
    await expect(feed.revoke({ token: 'e30.e30.' })).rejects.toMatchObject({
      code: 'token.invalid',
    })
  })

  it('control: revocations that overlap lose nothing', async () => {
    const edge = await startEdge()
    const subjects = Array.from({ length: 20 }, (_, index) => `subject-${index}`)
    const tokens = subjects.map((subject) => feed.token({ ...APPROVER, subject }))
    await Promise.all(subjects.map((subject) => feed.revoke({ subject, claim: 'groups' })))
    const verdicts = await Promise.all(tokens.map((token) => verdictOf(edge, token)))
    expect(verdicts.map((verdict) => (verdict as { kind: string }).kind)).toEqual(
      subjects.map(() => 'stale'),
    )
  })
})

describe('silence', () => {
  it('makes the claims of a source unverified after its lease', async () => {
    const edge = await startEdge()
    const token = feed.token(APPROVER)
    feed.silence('hr')
    await feed.advance(4_000)
    expect(await verdictOf(edge, token)).toEqual(FRESH)
    await feed.advance(2_000)
    expect(await verdictOf(edge, token)).toMatchObject({ kind: 'unverified', source: 'hr' })
    await feed.resume('hr')
    expect(await verdictOf(edge, token)).toEqual(FRESH)
  })

  it('leaves the claims of another source fresh', async () => {
    await newFeed({ claims: { groups: 'hr', limits: 'erp' } })
    const edge = await startEdge()
    const token = feed.token({ claims: { groups: ['staff'], limits: ['high'] } })
    feed.silence('erp')
    await feed.advance(8_000)
    expect(await verdictOf(edge, token, ['groups'])).toEqual(FRESH)
    expect(await verdictOf(edge, token, ['limits'])).toMatchObject({ source: 'erp' })
  })

  it('silence of all sources delays no start: an edge is ready, and every claim unverified', async () => {
    feed.silence()
    await feed.advance(60_000)
    const edge = await startEdge()
    expect(await verdictOf(edge, feed.token(APPROVER))).toMatchObject({ kind: 'unverified' })
    await feed.resume()
    expect(await verdictOf(edge, feed.token(APPROVER))).toEqual(FRESH)
  })

  it('refuses a source that the feed does not have', () => {
    expect(() => feed.silence('erp')).toThrow('source: This feed has only hr.')
  })
})

describe('the options of a feed', () => {
  it('name issuer, audience, tenant, lease and time', async () => {
    const startMs = 1_800_000_000_000
    await newFeed({
      issuer: 'https://issuer.test',
      audience: 'ledger',
      tenant: 'acme',
      leaseMs: 30_000,
      startMs,
    })
    const edge = await startEdge()
    const { claims } = await edge.verify(feed.token(APPROVER))
    expect(claims.issuer).toBe('https://issuer.test')
    expect(claims.audiences).toEqual(['ledger'])
    expect(claims.payload).toMatchObject({ sub: 'alice', iat: startMs / 1_000 })
    expect(claims.token.tenant).toBe('acme')
    feed.silence()
    await feed.advance(20_000)
    expect(edge.judge(claims)).toEqual(FRESH)
  })

  it('need a claim', async () => {
    await expect(createTestFeed({ claims: {} })).rejects.toMatchObject({ code: 'config.invalid' })
  })
})
