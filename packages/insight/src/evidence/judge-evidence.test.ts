import type { Audience, Registry, Route } from '@freshet/protocol'
import { acmeRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { EVIDENCE_ROWS } from './evidence-rows.ts'
import { judgeEvidence } from './judge-evidence.ts'
import type { Measurements, ChangeReach } from './measurements.ts'

const NOW = 1_795_514_400_000

const approve: Route = {
  require: new Map([['groups', ['approvers']]]),
  risk: 'high',
  policies: [],
}
const payments = (route: Route, claims = ['groups']): Audience => ({
  name: 'payments',
  claims,
  ttlMs: 300_000,
  routes: new Map([['POST /approve', route]]),
})
const levels = new Map([['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 1 }]])
const registry = (audience: Audience, more: Partial<Registry> = {}): Registry =>
  acmeRegistry({ audiences: new Map([['payments', audience]]), slo: levels, ...more })

const change = (more: Partial<ChangeReach> = {}): ChangeReach => ({
  id: 'hr-1',
  kind: 'claim',
  class: 'reduce',
  appendedAtMs: NOW - 5_000,
  completeMs: 40,
  ...more,
})
const hr = { tenant: 'acme', source: 'hr', throughMs: NOW, leaseMs: 5_000, missed: 0 }
const partition = {
  partition: 0,
  e: 1n,
  nextOffset: 4n,
  activePv: 1,
  activeHash: 'h',
  minimumPv: 1,
  publishedAtMs: NOW,
  waiting: 0,
}
const edge = {
  edge: 'edge-1',
  partitions: [{ partition: 0, applied: '4', viewAgeMs: 90 }],
  standing: 'synced' as const,
  signed: 'signed' as const,
}
const unsigned = { ...edge, edge: 'edge-2', signed: 'unsigned' as const }
const removed = { ...edge, signed: 'withdrawn' as const }
const grant = {
  id: 'open-1',
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  fromMs: NOW,
  untilMs: NOW + 1,
  by: 'ann',
  reason: 'HR is down',
}
const lives = { claims: ['groups'], tokens: 2, longestMs: 300_000 }
const tokens = {
  counted: 4,
  isComplete: true,
  stale: 1,
  ofLeavers: 1,
  ofLeaversUnmarked: 0,
  lives: [
    { ...lives, isWorkload: false },
    { ...lives, isWorkload: true },
  ],
}

/** Everything was measured, and is as it should be. */
const well = {
  atMs: NOW,
  registry: registry(payments(approve)),
  hash: 'h',
  partitions: [partition],
  sources: [{ ...hr, standing: 'live' as const }],
  openings: [],
  edges: [edge],
  revocations: [change()],
  cutOffs: [change({ id: 'sec-1', kind: 'cut-off', class: null })],
  tokens,
  decisions: { decided: 9, denied: 2 },
  quarantined: 0,
  audit: { entries: 80, broken: [], unproven: [] },
  keys: { privateKeys: 4, exposed: [] },
  transport: { inClear: [] },
} satisfies Measurements

const rowsOf = (measurements: Measurements, verdict: string): readonly string[] =>
  judgeEvidence(measurements)
    .filter((row) => row.verdict === verdict)
    .map(({ row }) => row)

describe('the rows', () => {
  it('have names of their own, a command each, and a claim in one sentence', () => {
    const names = EVIDENCE_ROWS.map(({ row }) => row)
    expect(new Set(names).size).toBe(names.length)
    for (const { command, claim } of EVIDENCE_ROWS) {
      expect(command).toMatch(/^freshet /)
      expect(claim).toMatch(/^[A-Z].*[.]$/)
    }
  })

  it('are all green where everything is as it should be, each with a figure and its limit', () => {
    expect(rowsOf(well, 'green')).toEqual(EVIDENCE_ROWS.map(({ row }) => row))
    for (const { value, unit, limit, at } of judgeEvidence(well)) {
      expect(value).toEqual(expect.any(Number))
      expect([unit, limit]).not.toContain('')
      expect(Date.parse(at)).toBe(NOW)
    }
  })

  it('are all unknown, and none is green, where nothing was measured', () => {
    const rows = judgeEvidence({ atMs: NOW })
    expect(rows.map(({ verdict, value }) => [verdict, value])).toEqual(
      EVIDENCE_ROWS.map(() => ['unknown', null]),
    )
  })

  it.each(Object.keys(well).filter((part) => part !== 'atMs' && part !== 'hash'))(
    'need %s: without it some are unknown, and never green',
    (part) => {
      const { [part as keyof typeof well]: _, ...rest } = well
      expect(rowsOf(rest as Measurements, 'unknown')).not.toEqual([])
    },
  )
})

const offboarding = ['nhi1-offboarding', 'asvs-7.4.2-accounts']
const revocations = ['asvs-8.3.2-revocations', 'ac-3.8-revocations']
const observed = { ...approve, observedUntilMs: NOW + 1 }
const unused = registry(payments(approve, ['groups', 'entitlements']))
const unowned = registry(payments(approve), {
  claims: new Map(
    [...acmeRegistry().claims].map(([name, claim]) => [name, { ...claim, owner: '' }]),
  ),
})

describe('a row turns red', () => {
  it.each<[string, Partial<Measurements>, readonly string[]]>([
    [
      'a source is silent',
      { sources: [{ ...hr, standing: 'silent' }] },
      ['asvs-8.3.2-sources', 'ac-3.8-sources'],
    ],
    ['an edge is stale', { edges: [{ ...edge, standing: 'stale' }] }, ['ac-3.8-edges']],
    ['an edge does not sign', { edges: [edge, unsigned] }, ['au-10.1-reports']],
    ['the key of an edge is removed', { edges: [edge, removed] }, ['au-10.1-reports']],
    ['a change came too late', { revocations: [change({ completeMs: 2_001 })] }, revocations],
    ['a change has not come', { revocations: [change({ completeMs: null })] }, revocations],
    [
      'a cut-off came too late',
      { cutOffs: [change({ completeMs: 2_001 })] },
      ['asvs-7.4.5-cut-off', 'ai-rmf-disengage'],
    ],
    ['a leaver’s token is unmarked', { tokens: { ...tokens, ofLeaversUnmarked: 1 } }, offboarding],
    [
      'a token lives too long',
      { tokens: { ...tokens, lives: [{ ...lives, isWorkload: false, longestMs: 600_001 }] } },
      ['ac-3.8-lifetimes'],
    ],
    [
      'a workload’s token lives too long',
      { tokens: { ...tokens, lives: [{ ...lives, isWorkload: true, longestMs: 600_001 }] } },
      ['nhi7-lifetimes'],
    ],
    ['a claim is unused', { registry: unused }, ['nhi5-claims-used']],
    ['a claim has no owner', { registry: unowned }, ['csf-defined']],
    [
      'a partition has another version',
      { partitions: [{ ...partition, activeHash: 'other' }] },
      ['csf-managed'],
    ],
    [
      'a high-risk route is only observed',
      { registry: registry(payments(observed)) },
      ['csf-enforced', 'asvs-8.3.2-high-risk'],
    ],
    [
      'a high-risk route stands open',
      { openings: [grant] },
      ['csf-enforced', 'asvs-8.3.2-high-risk'],
    ],
    ['a record waits in quarantine', { quarantined: 1 }, ['csf-reviewed']],
    [
      'the audit was changed',
      { audit: { entries: 80, broken: ['tokens'], unproven: [] } },
      ['asvs-16.4.2-audit'],
    ],
    [
      'nobody seals the audit',
      { audit: { entries: 80, broken: [], unproven: ['control'] } },
      ['asvs-16.4.2-audit'],
    ],
    [
      'others may read a private key',
      { keys: { privateKeys: 4, exposed: ['k1 in tokens.json'] } },
      ['nhi2-keys'],
    ],
    [
      'a broker is reached in clear over a network',
      { transport: { inClear: ['k1:9092'] } },
      ['asvs-12.3.1-stores'],
    ],
  ])('where %s: and no other row does', (_, broken, expected) => {
    expect(rowsOf({ ...well, ...broken }, 'red')).toEqual(expected)
  })
})

describe('a row is unknown, not green', () => {
  it.each<[string, Partial<Measurements>, string]>([
    ['nothing was taken from anybody', { revocations: [] }, 'asvs-8.3.2-revocations'],
    ['the only change is on its way', { revocations: [onItsWay()] }, 'asvs-8.3.2-revocations'],
    ['no edge is connected', { edges: [] }, 'asvs-8.3.2-revocations'],
    ['an edge is away', { edges: [{ ...edge, standing: 'disconnected' }] }, 'ac-3.8-edges'],
    ['no edge signs', { edges: [unsigned] }, 'au-10.1-reports'],
    ['the keys of all edges are removed', { edges: [removed] }, 'au-10.1-reports'],
    ['no token is out', { tokens: { ...tokens, counted: 0, lives: [] } }, 'nhi1-offboarding'],
    [
      'not all tokens were looked at',
      { tokens: { ...tokens, isComplete: false } },
      'nhi1-offboarding',
    ],
    [
      'no high-risk request was made',
      { decisions: { decided: 0, denied: 0 } },
      'asvs-8.3.2-high-risk',
    ],
    ['the registry sets no objective', { registry: noObjective() }, 'ac-3.8-revocations'],
    [
      'no entry is proven yet',
      { audit: { entries: 0, broken: [], unproven: [] } },
      'asvs-16.4.2-audit',
    ],
    ['no source is there', { sources: [] }, 'ac-3.8-sources'],
    ['no version was activated', { partitions: [] }, 'csf-managed'],
  ])('where %s', (_, missing, row) => {
    expect(rowsOf({ ...well, ...missing }, 'unknown')).toContain(row)
  })

  it.each<[Measurements['edges'], string]>([
    [[edge, unsigned], '1 of 2 edges sign their reports; not: edge-2'],
    [[edge], '1 of 1 edges sign their reports'],
    [[{ ...unsigned, edges: 600, signedEdges: 599 }], '599 of 600 edges sign their reports'],
  ])('and says how many edges sign: %#', (edges = [], detail) => {
    const rows = judgeEvidence({ ...well, edges })
    expect(rows.find(({ row }) => row === 'au-10.1-reports')?.detail).toBe(detail)
  })

  it('but red where one token that was looked at is bad, however many were not', () => {
    const bad = { ...tokens, isComplete: false, ofLeaversUnmarked: 1 }
    expect(rowsOf({ ...well, tokens: bad }, 'red')).toEqual(offboarding)
  })
})

describe('the objective of a class', () => {
  const many = (late: number): readonly ChangeReach[] =>
    Array.from({ length: 50 }, (_, at) =>
      change({ id: `c${at}`, completeMs: at < late ? 2_001 : 40 }),
    )
  const lenient = registry(payments(approve), {
    slo: new Map([['reduce', { objective: 0.98, withinMs: 2_000, windowMs: 1 }]]),
  })

  it('is met by its share, and told with the slowest hundredth', () => {
    const rows = judgeEvidence({ ...well, registry: lenient, revocations: many(1) })
    const row = rows.find((each) => each.row === 'ac-3.8-revocations')
    expect(row).toMatchObject({
      verdict: 'green',
      value: 2_001,
      limit: 'reduce: 98% within 2 s',
      detail: '49 of 50 changes were in time, the last c0; late: c0',
    })
    expect(rowsOf({ ...well, registry: lenient, revocations: many(2) }, 'red')).toEqual(revocations)
  })
})

function onItsWay(): ChangeReach {
  return change({ completeMs: null, appendedAtMs: NOW - 2_000 })
}

function noObjective(): Registry {
  return registry(payments(approve), { slo: new Map() })
}
