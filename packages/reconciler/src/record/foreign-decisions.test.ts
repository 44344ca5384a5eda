import {
  claimKey,
  decideBatch,
  NOTHING_WALKED,
  EVERY_TENANT,
  OWN_SOURCE,
  partitionOf,
  type Arrival,
  type BatchDecision,
  type Change,
  type Registry,
} from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  arrivalOf,
  createDecider,
  decisionWorld,
  foreignIssuer,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
const withIssuer = (more: Partial<Registry> = {}): Registry =>
  acmeRegistry({ issuers: new Map([['sts', foreignIssuer()]]), ...more })
let at: Decider

beforeEach(() => {
  at = createDecider(withIssuer())
})

const [BEFORE, APPENDED] = [5_000, 90_000]

/** Decides one record at 90,000; the first version has been active since 5,000. */
function decideOne(arrival: Arrival, registries: ReadonlyMap<number, Registry>): BatchDecision {
  const none = {
    seen: new Map(),
    claims: new Map(),
    accounts: new Map(),
    feeds: new Map(),
    known: [],
  }
  const policy = { pv: 1, hash: 'one', minimum: 0, foreignSinceMs: BEFORE }
  const state = { partition: P, e: 1n, nextOffset: 7n, policy, withdrawn: new Map() }
  const records = [{ offset: 7n, appendedAtMs: APPENDED, arrival }]
  const registryOf = (pv: number): Registry | undefined => registries.get(pv)
  return decideBatch({ ...state, ...none, walked: NOTHING_WALKED }, records, {
    registryOf,
    nowMs: 0,
  })
}

const decide = (change: Change, partition = P): BatchDecision => at.decide(change, partition)
const groups = (id: string, op: 'set' | 'add' | 'remove' | 'clear', values: string[], n: number) =>
  groupsChange(id, AMY, { op, values, n })
const published = ({ publications }: BatchDecision): readonly unknown[] =>
  publications.map((each) => (each.kind === 'revocation' ? each.revocation : each))

describe('a change of a claim that foreign tokens give', () => {
  test('publishes its time, whether it changed our copy or not (rule 8)', () => {
    const timesMs = new Map([['groups', expect.any(Number)]])
    expect(published(decide(groups('c1', 'set', ['x'], 1)))).toMatchObject([
      { change: 'c1', claims: new Map(), timesMs },
    ])
    expect(published(decide(groups('c2', 'remove', ['y'], 2)))).toMatchObject([
      { change: 'c2', claims: new Map(), timesMs },
    ])
    const [lost] = published(decide(groups('c3', 'clear', [], 3)))
    expect(lost).toMatchObject({ claims: new Map([['groups', { offset: 3n, values: null }]]) })
    expect(lost).toMatchObject({ timesMs })
  })

  test('publishes its time also if it came late: our copy had lost the value already', () => {
    decide(groups('c1', 'remove', ['x'], 9))
    const { publications, watermarks, log } = decide(groups('c2', 'remove', ['x'], 3))
    expect(log).toMatchObject([{ outcome: 'late' }])
    expect(watermarks).toMatchObject([{ position: null, publication: 0 }])
    expect(publications).toHaveLength(1)
  })

  test('publishes no time if it only adds', () => {
    expect(published(decide(groups('c1', 'add', ['x'], 1)))).toEqual([])
  })

  test('control: publishes no time if no issuer gives the claim, or without issuers', () => {
    const { source: _, ...origin } = hrOrigin('e1', 1)
    const stated = { kind: 'claim', subject: AMY, claim: 'entitlements', op: 'set' } as const
    const iga = { ...origin, ...stated, source: 'iga', values: ['x'], sequence: 1n }
    expect(published(decide(iga))).toEqual([])
    at = createDecider()
    expect(published(decide(groups('c1', 'set', ['x'], 1)))).toEqual([])
  })

  test('counts from the later of the clocks of source and broker', () => {
    let nowMs = 5_000
    const world = decisionWorld({}, withIssuer(), () => nowMs)
    const timeOf = (id: string, occurredAtMs: number, n: number): number | undefined => {
      const change = { ...groups(id, 'set', ['x'], n), occurredAtMs }
      const [decision] = world.take(P, [arrivalOf(change, { partition: P, number: n })])
      return decision?.watermarks[0]?.timeMs
    }
    expect(timeOf('behind', 4_000, 1)).toBe(5_000)
    expect(timeOf('ahead', 9_000, 2)).toBe(9_000)
    nowMs = 6_000
    expect(timeOf('behind-again', 1_000, 3)).toBe(6_000)
    expect(world.timesMs.get(claimKey(AMY, 'groups'))).toBe(9_000)
  })
})

describe('a change of everything that a subject, a value or a tenant has', () => {
  const timeMs = expect.any(Number)

  test('an account event has its time', () => {
    const change = { ...hrOrigin('d1', 1), kind: 'account', subject: AMY, op: 'disabled' } as const
    expect(published(decide(change, 0))).toMatchObject([{ scope: 'account', timeMs }])
  })

  test('a withdrawn value has its time', () => {
    const change = { ...hrOrigin('w1', 1), kind: 'value-withdrawn', claim: 'groups', value: 'x' }
    expect(published(decide(change as Change, 0))).toMatchObject([{ scope: 'value', timeMs }])
  })

  test('a cut-off has its time', () => {
    const origin = { ...hrOrigin('o1', 1), source: 'security', sequence: 1n }
    const change = { ...origin, kind: 'cut-off', scope: 'client', target: 'web' } as const
    expect(published(decide(change, 0))).toMatchObject([{ scope: 'client', target: 'web', timeMs }])
  })

  test('an unreadable record has the time of its append', () => {
    const stamp = { partition: P, number: 1n }
    const read = { tenant: 'acme', source: 'hr', id: 'c1', subject: AMY, rule: 'r' } as const
    const decision = at.take({ ...read, kind: 'unreadable', stamp, contentHash: 'h' }, P)
    const names = new Map([['groups', timeMs]])
    expect(published(decision)).toMatchObject([{ scope: 'subject', timesMs: names }])
  })

  test('control: none has, where no issuer is declared', () => {
    at = createDecider()
    const change = { ...hrOrigin('d1', 1), kind: 'account', subject: AMY, op: 'disabled' } as const
    expect(published(decide(change, 0))[0]).not.toHaveProperty('timeMs')
  })
})

describe('an activation', () => {
  const activate = (before: Registry, after: Registry, minimum = 0, pv = 2): BatchDecision => {
    const registries = new Map([
      [1, before],
      [2, after],
    ])
    const origin = { tenant: EVERY_TENANT, source: OWN_SOURCE, id: `v${pv}`, occurredAtMs: 0 }
    const sourceVersion = { epoch: 0n, n: BigInt(pv) }
    const activation = { kind: 'activate', pv, hash: 'two', minimum } as const
    const change = { ...origin, sourceVersion, ...activation }
    const arrival = arrivalOf(change, { partition: P, number: 1 })
    return decideOne(arrival, registries)
  }
  const named = (...claims: string[]) => {
    const given = new Map(claims.map((claim) => [claim, claim]))
    return acmeRegistry({ issuers: new Map([['sts', foreignIssuer({ claims: given })]]) })
  }

  test('that declares the first issuer publishes since when its tokens count', () => {
    expect(activate(acmeRegistry(), withIssuer()).policy.foreignSinceMs).toBe(APPENDED)
  })

  test('that lets tokens give a further claim publishes a time again', () => {
    expect(activate(named('groups'), named('groups', 'entitlements')).policy).toMatchObject({
      foreignSinceMs: APPENDED,
    })
  })

  test('that raises the minimum ends foreign tokens of before', () => {
    expect(activate(withIssuer(), withIssuer(), 2).policy.foreignSinceMs).toBe(APPENDED)
  })

  test('that comes late and raises the minimum ends them too', () => {
    const late = activate(withIssuer(), withIssuer(), 1, 1)
    expect(late.log).toMatchObject([{ outcome: 'late' }])
    expect(late.policy).toEqual({ pv: 1, hash: 'one', minimum: 1, foreignSinceMs: APPENDED })
  })

  test('control: that comes late and raises nothing leaves them as they are', () => {
    const late = activate(withIssuer(), withIssuer(), 0, 1)
    expect(late.log).toMatchObject([{ outcome: 'late' }])
    expect(late.policy).toEqual({ pv: 1, hash: 'one', minimum: 0, foreignSinceMs: BEFORE })
  })

  test('control: that changes nothing about them leaves them as they are', () => {
    expect(activate(withIssuer(), withIssuer()).policy.foreignSinceMs).toBe(BEFORE)
    expect(activate(named('groups', 'entitlements'), named('groups')).policy).toMatchObject({
      foreignSinceMs: BEFORE,
    })
  })

  test('that removes the last issuer publishes no time', () => {
    expect(activate(withIssuer(), acmeRegistry()).policy).not.toHaveProperty('foreignSinceMs')
  })
})
