import type { EdgesAnswer, SubjectViewJson, TokenView } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { fixedSubjectState } from '../../test/fixed-details.ts'
import { fixedChange } from '../../test/fixed-status.ts'
import { topicDifferencesText } from '../commands/topic.ts'
import { edgesText } from './stack/edges-text.ts'
import { subjectText } from './tokens/subject-text.ts'
import { checkText, tokenText } from './tokens/token-text.ts'
import { colorsFor } from './view.ts'

const plain = colorsFor({}, {})

describe('a token, explained', () => {
  const token: TokenView = {
    apiVersion: 'freshet.dev/v1',
    jti: 'j1',
    tenant: 'acme',
    client: 'payments-web',
    policyVersion: 3,
    expired: true,
    parties: [
      {
        subject: { iss: 'https://idp.acme.example', sub: 'alice' },
        label: { e: '1', s: '10', c: '5' },
      },
    ],
    claims: {
      groups: { verdict: 'stale', reason: 'claim-changed', change: 'hr-1' },
      entitlements: { verdict: 'fresh' },
      department: { verdict: 'unverified', source: 'hr', since: '2026-11-24T10:00:00.000Z' },
      shoes: { verdict: 'unverified', source: 'freshet' },
    },
    ledger: {
      issuedAt: '2026-11-24T10:00:00.000Z',
      expiresAt: '2026-11-24T10:05:00.000Z',
      mark: { at: '2026-11-24T10:01:00.000Z', reason: 'claim-changed', source: 'hr', change: 'h' },
    },
    issuance: {
      audience: 'payments',
      policyVersion: 3,
      policyHash: 'ab',
      issuedAt: '2026-11-24T10:00:00.000Z',
      expiresAt: '2026-11-24T10:05:00.000Z',
      withheld: false,
      claims: [
        { claim: 'groups', source: 'hr', through: '2026-11-24T09:59:59.000Z', values: ['a', 7] },
        { claim: 'shoes', source: null, through: null, values: null },
      ],
    },
  }

  it('prints for every claim why it is or is not stale', () => {
    expect(tokenText(token)).toBe(
      `
EXPIRED at 2026-11-24T10:05:00.000Z. Every edge refuses it.
  groups is stale: the claim was reduced after the token was minted (claim-changed) by change hr-1
  entitlements is fresh
  department is unverified: hr was last heard up to 2026-11-24T10:00:00.000Z
  shoes is unverified: freshet was never heard
token j1
  for payments-web in acme, policy version 3
  issued 2026-11-24T10:00:00.000Z, expires 2026-11-24T10:05:00.000Z
  marked stale at 2026-11-24T10:01:00.000Z: claim-changed by change h of hr
  minted for payments by policy version 3, 2026-11-24T10:00:00.000Z to 2026-11-24T10:05:00.000Z
  carried groups ["a",7] by hr, last heard 2026-11-24T09:59:59.000Z
  carried shoes (values not shown) by a version that is not kept
  alice (https://idp.acme.example): claims as of e 1, subject 10, control 5
`.trim(),
    )
  })

  it('shows that the ledger does not have it, or has no mark', () => {
    expect(tokenText({ ...token, ledger: null })).toContain('the ledger does not have it')
    expect(tokenText({ ...token, issuance: null })).toContain('it has no issuance record')
    const ledger = { issuedAt: 'a', expiresAt: 'b', mark: null }
    expect(tokenText({ ...token, ledger })).toContain('issued a, expires b; not marked')
  })
})

describe('an edge’s answer', () => {
  it('prints the decision, the reason, and the age of the view', () => {
    const claims = { groups: { verdict: 'stale', reason: 'account', change: 'hr-2' } } as const
    const detail = 'The access token is stale.'
    const answer = { decision: 'deny', claims, viewAgeMs: 12, code: 'token.stale', detail } as const
    expect(checkText(answer, plain)).toBe(
      `
deny (token.stale: The access token is stale.)
  groups is stale: the account changed after the token was minted (account) by change hr-2
  the edge’s view is 12 ms old
`.trim(),
    )
  })

  it('prints the verdict on the token itself if no claim was judged', () => {
    const token = { verdict: 'unverified', source: 'freshet' } as const
    const text = checkText({ decision: 'deny', claims: {}, token, viewAgeMs: null }, plain)
    expect(text).toContain('the token is unverified: freshet was never heard')
    expect(text).toContain('not there yet')
  })

  it('shows that the authority judged the request, or that its position is behind', () => {
    const allowed = { decision: 'allow', claims: {}, viewAgeMs: 1, validated: true } as const
    expect(checkText(allowed, plain)).toContain('the authority judged this request')
    const token = { verdict: 'unverified', source: 'freshet', reason: 'authority-behind' } as const
    const text = checkText({ decision: 'deny', claims: {}, token, viewAgeMs: 1 }, plain)
    expect(text).toContain('unverified: the position of the authority is behind that of the caller')
  })

  it('is coloured on a terminal, or where colours are forced, and never with NO_COLOR', () => {
    const answer = { decision: 'allow', claims: {}, viewAgeMs: 1 } as const
    const painted = (isTTY: boolean, env: Record<string, string>): boolean =>
      checkText(answer, colorsFor({ isTTY }, env)).includes('\u001b[')
    expect(painted(true, {})).toBe(true)
    expect(painted(false, {})).toBe(false)
    expect(painted(false, { CI: '1' })).toBe(false)
    expect(painted(false, { FORCE_COLOR: '1' })).toBe(true)
    expect(painted(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(painted(true, { TERM: 'dumb' })).toBe(false)
  })
})

describe('edges', () => {
  const edge: EdgesAnswer['items'][number] = {
    edge: 'sidecar',
    audience: 'payments',
    version: '0.1.0',
    standing: 'synced',
    state: 'live',
    reportedAt: '2026-11-24T10:00:00.000Z',
    partitions: [
      { partition: 0, applied: '1', viewAgeMs: 12, records: '2' },
      { partition: 1, applied: '1', viewAgeMs: 980.4, records: '1' },
    ],
    rates: { allow: 2, deny: 0.25, challenge: 0.25 },
    signed: 'signed',
    signedBy: 'payments-edge',
  }

  it('are shown with the age of the oldest view', () => {
    const never = { partition: 2, applied: '0', viewAgeMs: null }
    const young = {
      ...edge,
      edge: 'young',
      standing: 'starting' as const,
      signed: 'unsigned' as const,
      signedBy: null,
      rates: null,
      partitions: [...edge.partitions.slice(1), never],
    }
    expect(edgesText({ items: [edge, young] })).toBe(
      `
EDGE     AUDIENCE  STATUS    CANNOT VOUCH FOR  STATE    VIEW AGE  LAG  PARTITIONS  DECISIONS/S  DENIED/S  SIGNED         REPORTED                  VERSION
sidecar  payments  synced    ?                 live       980 ms    3         2/2          2.5       0.3  payments-edge  2026-11-24T10:00:00.000Z  0.1.0
young    payments  starting  ?                 live   never seen    ?         1/2            ?         ?  unsigned       2026-11-24T10:00:00.000Z  0.1.0
`.trim(),
    )
  })

  it('a key that was removed from the registry is marked so, and one of an older console is not', () => {
    const removed = { ...edge, signed: 'withdrawn' } as const
    expect(edgesText({ items: [removed] })).toContain('payments-edge, withdrawn')
    const { signed: _signed, signedBy: _signedBy, ...before } = edge
    expect(edgesText({ items: [before] })).toMatch(/ 2\.5 +0\.3 +\? +2026/)
  })

  it('in groups are counted by how many sign', () => {
    const group = { ...edge, edges: 600, isUpperBound: true, signedEdges: 599 } as const
    expect(edgesText({ items: [], groups: [group] })).toMatch(/SIGNED\n.* 599$/m)
  })

  it('a silent source has no known age, in spite of its earlier heartbeats', () => {
    const silent = { ...edge, standing: 'disconnected' } as const
    expect(edgesText({ items: [silent] })).toMatch(/^sidecar .*disconnected +\? +live +\? +3 /m)
  })

  it('over the limit are counted first', () => {
    const warning = 'edges report over the limit'
    expect(edgesText({ items: [edge], uncounted: 5 })).toMatch(new RegExp(`^5 ${warning}`))
    expect(edgesText({ items: [edge], uncounted: 0 })).not.toContain(warning)
  })

  it('may be none', () => {
    expect(edgesText({ items: [] })).toBe('no edge has reported within the last hour')
  })
})

describe('a subject', () => {
  const token: SubjectViewJson['tokens'][number] = {
    jti: 'j1',
    audience: 'payments',
    client: 'web',
    claims: ['groups', 'entitlements'],
    issuedAt: '2026-11-24T10:00:00.000Z',
    expiresAt: '2026-11-24T10:05:00.000Z',
    stale: { at: '2026-11-24T10:01:00.000Z', reason: 'claim-changed', change: 'hr-1' },
  }

  it('is shown with its changes and its tokens', () => {
    const text = subjectText({
      apiVersion: 'freshet.dev/v1',
      changes: [fixedChange()],
      tokens: [token],
    })
    expect(text).toMatch(/^hr-1 +hr +remove groups +applied +1 +2026-11-24T10:00:00.031Z$/m)
    expect(text).toMatch(/^j1 .*groups entitlements +position .*claim-changed by hr-1$/m)
  })

  it('has tokens of foreign issuers too, judged by time, which is weaker', () => {
    const foreign = { ...token, issuer: 'https://legacy.acme.example', basis: 'time' } as const
    const text = subjectText({
      apiVersion: 'freshet.dev/v1',
      changes: [],
      tokens: [foreign, token],
    })
    expect(text).toMatch(/^j1 .* time, of https:\/\/legacy\.acme\.example .*$/m)
    expect(text).toMatch(/^j1 .* position /m)
  })

  it('is shown with its claims now first: values, source, time and status', () => {
    const text = subjectText({
      apiVersion: 'freshet.dev/v1',
      changes: [],
      tokens: [],
      state: fixedSubjectState(),
    })
    expect(text.split('\n\n').slice(0, 2).join('\n')).toBe(
      `
account disabled since 2026-11-24T10:00:00Z by hr, change hr-2
CLAIM         VALUES                     SOURCE          AS OF                     STATUS
groups        payments-approvers, staff  hr              2026-11-24T09:00:00.000Z  verified
entitlements  reader                     iga, directory  version 7                 contradicted
              reader, writer             iga             version 7
              reader                     directory       -
clearance     2 (masked)                 hr              -                         unverified
hr is silent, so claims are unverified
`.trim(),
    )
  })

  it('may have neither', () => {
    expect(subjectText({ apiVersion: 'freshet.dev/v1', changes: [], tokens: [] })).toBe(
      'no changes\n\nno outstanding tokens',
    )
  })
})

it('differences of topics are named with what was planned', () => {
  const difference = { topic: 't', setting: 'partitions', wanted: '7', found: '3' }
  expect(topicDifferencesText([difference])).toMatch(/^t +partitions +7 +3$/m)
  expect(topicDifferencesText([])).toBe('every topic is as planned')
})
