import { claimKey, partitionOf, type AccountOp, type Arrival, type Change } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  arrivalOf,
  BEN,
  decisionWorld,
  foreignIssuer,
  groupsChange,
  hrOrigin,
  type BrokenRules,
} from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const subjects = [AMY, BEN]

/** Changes that `hr` is allowed to send, with a version that is unique in a history. */
const stated = fc.record({
  subject: fc.constantFrom(...subjects),
  what: fc.constantFrom('set', 'add', 'remove', 'clear', 'account', 'withdrawn', 'unreadable'),
  op: fc.constantFrom<AccountOp>('disabled', 'enabled', 'deleted', 'sessions-revoked'),
  values: fc.subarray(['x', 'y', 'z']),
})
type Stated = typeof stated extends fc.Arbitrary<infer T> ? T : never

/** Versions in any order: a history that is as late and as shuffled as in practice. */
const histories = fc
  .array(stated, { minLength: 1, maxLength: 12 })
  .chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray([...list.keys()], { minLength: list.length })),
  )
  .map(([list, versions]) => list.map((each, index) => ({ ...each, n: versions[index] ?? 0 })))

function changeOf({ subject, what, op, values, n }: Stated & { n: number }): Change {
  if (what === 'account') return { ...hrOrigin(`c${n}`, n), kind: 'account', subject, op }
  if (what === 'withdrawn') {
    return { ...hrOrigin(`c${n}`, n), kind: 'value-withdrawn', claim: 'groups', value: 'x' }
  }
  const known = what === 'unreadable' ? 'remove' : what
  return groupsChange(`c${n}`, subject, { op: known, values, n })
}

function placed(each: Stated & { n: number }, number: number): [number, Arrival] {
  return arrived(each, changeOf(each), number)
}

function arrived(each: Stated, change: Change, number: number): [number, Arrival] {
  const partition =
    each.what === 'account' || each.what === 'withdrawn' ? 0 : partitionOf(each.subject)
  const arrival = arrivalOf(change, { partition, number })
  if (each.what !== 'unreadable' || arrival.kind !== 'change') return [partition, arrival]
  const { stamp, contentHash } = arrival
  const { tenant, source, id } = change
  const named = { tenant, source, id, subject: each.subject, claim: 'groups', rule: 'test' }
  return [partition, { kind: 'unreadable', ...named, stamp, contentHash }]
}

/** Nothing is dated if no tokens are judged by time, so this registry has an issuer of such tokens. */
const withIssuer = acmeRegistry({ issuers: new Map([['sts', foreignIssuer()]]) })

function world(broken: BrokenRules = {}) {
  const made = decisionWorld(broken, withIssuer)
  const numbers = new Map<number, number>()
  return {
    ...made,
    /** Takes one record, with the number that its gateway would give. */
    send(each: Stated & { n: number }): void {
      const [partition] = placed(each, 0)
      const number = (numbers.get(partition) ?? 0) + 1
      numbers.set(partition, number)
      made.take(partition, [placed(each, number)[1]])
    },
  }
}

/** Mints for both subjects after every record, and checks each token at the end. */
function released(history: readonly (Stated & { n: number })[], broken: BrokenRules = {}) {
  const at = world(broken)
  const tokens = subjects.map((subject) => ({ subject, label: at.label(subject), values: [''] }))
  for (const each of history) {
    at.send(each)
    for (const subject of subjects) {
      const values = at.mint(subject, 'groups').map(String)
      tokens.push({ subject, label: at.label(subject), values })
    }
  }
  return { at, tokens }
}

describe('the results of recording', () => {
  test('no token carries a value that was taken away, unless it is stale (rules 7, 9, 20)', () => {
    const holds = (broken: BrokenRules) => (history: (Stated & { n: number })[]) => {
      const { at, tokens } = released(history, broken)
      for (const { subject, label, values } of tokens) {
        const now = at.mint(subject, 'groups').map(String)
        const lost = values.some((value) => value !== '' && !now.includes(value))
        if (lost) expect(at.isStale(label, subject, 'groups')).toBe(true)
      }
    }
    fc.assert(fc.property(histories, holds({})), { numRuns: 300 })
  })

  test('a token minted after a record is never stale by it', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const at = world()
        for (const each of history) {
          at.send(each)
          for (const subject of subjects) {
            expect(at.isStale(at.label(subject), subject, 'groups')).toBe(false)
          }
        }
      }),
    )
  })

  /** The second half of a history never makes a token fresh that the first half made stale. */
  const neverUnrevokes = (broken: BrokenRules) => (history: (Stated & { n: number })[]) => {
    const at = world(broken)
    const stale: { subject: (typeof subjects)[number]; label: ReturnType<typeof at.label> }[] = []
    for (const each of history) {
      const labels = subjects.map((subject) => ({ subject, label: at.label(subject) }))
      at.send(each)
      stale.push(...labels.filter(({ subject, label }) => at.isStale(label, subject, 'groups')))
      for (const { subject, label } of stale) {
        expect(at.isStale(label, subject, 'groups')).toBe(true)
      }
    }
    at.replay({ limit: 1, forgetsIds: true })
    for (const { subject, label } of stale) {
      expect(at.isStale(label, subject, 'groups')).toBe(true)
    }
  }

  test('nothing un-revokes (rule 9)', () => {
    fc.assert(fc.property(histories, neverUnrevokes({})))
  })

  test('control: where the last write wins a replay un-revokes (rule 9)', () => {
    const mergeWatermark: BrokenRules['mergeWatermark'] = (_before, raised) => raised
    expect(fc.check(fc.property(histories, neverUnrevokes({ mergeWatermark }))).failed).toBe(true)
  })

  /** A history under unreliable clocks: at the source, the broker and here. */
  const underClocks = (
    history: readonly (Stated & { n: number })[],
    clocks: readonly number[],
    versionOf: (change: Change) => Change = (change) => change,
  ) => {
    let turn = 0
    const nowMs = (): number => clocks[turn++ % clocks.length] ?? 0
    const at = decisionWorld({}, acmeRegistry(), nowMs)
    const verdicts = history.map((each, index) => {
      const before = subjects.map((subject) => ({ subject, label: at.label(subject) }))
      const change = versionOf({ ...changeOf(each), occurredAtMs: nowMs() })
      const [partition, arrival] = arrived(each, change, index + 1)
      at.take(partition, [arrival])
      return before.map(({ subject, label }) => at.isStale(label, subject, 'groups'))
    })
    const minted = subjects.map((subject) => at.mint(subject, 'groups').map(String))
    return { verdicts, minted, meaning: at.meaning(), watermarks: [...at.watermarks] }
  }
  const times = fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1, maxLength: 20 })

  test('clocks order nothing: other times, the same verdicts, state and tokens (S22)', () => {
    fc.assert(
      fc.property(histories, times, times, (history, some, others) => {
        expect(underClocks(history, others)).toEqual(underClocks(history, some))
      }),
    )
  })

  test('control of S22: were a change versioned by its time, clocks would decide', () => {
    const byTime = (change: Change): Change => ({
      ...change,
      sourceVersion: { epoch: 0n, n: BigInt(change.occurredAtMs) },
    })
    const property = fc.property(histories, times, times, (history, some, others) => {
      expect(underClocks(history, others, byTime).minted).toEqual(
        underClocks(history, some, byTime).minted,
      )
    })
    expect(fc.check(property, { numRuns: 1_000 }).failed).toBe(true)
  })

  /**
   * Tokens of an issuer that cannot write labels. It copied the claim from the source itself, just after each
   * statement there, whenever that statement reached us. A value that was removed at the source since then
   * must be dated no earlier than the token.
   */
  const datesLosses = (broken: BrokenRules) => (history: (Stated & { n: number })[]) => {
    const at = world(broken)
    for (const each of history) at.send(each)
    const atSource = world()
    const ofAmy = history.filter(({ subject }) => subject === AMY)
    const lastValues = at.mint(AMY, 'groups')
    for (const each of ofAmy.toSorted((a, b) => a.n - b.n)) {
      atSource.send(each)
      const iatMs = changeOf(each).occurredAtMs
      const lost = atSource.mint(AMY, 'groups').some((value) => !lastValues.includes(value))
      const datedMs = at.timesMs.get(claimKey(AMY, 'groups')) ?? 0
      if (lost) expect(datedMs).toBeGreaterThanOrEqual(iatMs)
    }
  }
  const statements = histories.map((history) =>
    history.filter(({ what }) => ['set', 'add', 'remove', 'clear'].includes(what)),
  )

  test('a loss is dated for tokens that are judged by time (rule 8)', () => {
    fc.assert(fc.property(statements, datesLosses({})), { numRuns: 300 })
  })

  test('control: dated by the difference to our copy, a loss that overtook its grant is not (rule 8)', () => {
    const each = { subject: AMY, op: 'enabled' } as const
    const overtaken: (Stated & { n: number })[] = [
      { ...each, values: ['x'], what: 'remove', n: 2 },
      { ...each, values: ['x'], what: 'add', n: 1 },
    ]
    expect(() => datesLosses({})(overtaken)).not.toThrow()
    expect(() => datesLosses({ timeByDifference: true })(overtaken)).toThrow(/expected/)
  })

  test('the state in force is the same in any order of arrival (rule 7, S13)', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const [forward, backward] = [world(), world()]
        for (const each of history) forward.send(each)
        for (const each of history.toReversed()) backward.send(each)
        expect(backward.meaning()).toBe(forward.meaning())
      }),
    )
  })

  test('batches of any size and any replay leave the same state (S12, S13)', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const [single, whole] = [world(), decisionWorld({}, withIssuer)]
        for (const each of history) single.send(each)
        const byPartition = new Map<number, Arrival[]>()
        for (const each of history) {
          const [partition] = placed(each, 0)
          const list = byPartition.get(partition) ?? []
          byPartition.set(partition, [...list, placed(each, list.length + 1)[1]])
        }
        for (const [partition, list] of [...byPartition].toReversed()) whole.take(partition, list)
        expect(whole.digest()).toBe(single.digest())
        single.replay()
        expect(single.digest()).toBe(whole.digest())
      }),
    )
  })

  /** The log has forgotten the ids, and some records, not always the last ones, come again. */
  const repeatsNothing = (history: (Stated & { n: number })[]) => {
    const at = world()
    for (const each of history) at.send(each)
    const meaning = at.meaning()
    const minted = subjects.map((subject) => at.mint(subject, 'groups'))
    at.replay({ forgetsIds: true, limit: Math.ceil(history.length / 2) })
    expect(subjects.map((subject) => at.mint(subject, 'groups'))).toEqual(minted)
    expect(at.meaning()).toBe(meaning)
  }

  test('a repeat after the change log has forgotten the original changes nothing in force (rule 25, S12)', () => {
    fc.assert(fc.property(histories, repeatsNothing), { numRuns: 300 })
  })

  test('control of rule 25: without its tombstone a grant that comes again is in force again', () => {
    const afterRepeat = (broken: BrokenRules) => {
      const at = world(broken)
      const each = { subject: AMY, op: 'enabled', values: ['x'] } as const
      at.send({ ...each, values: ['x'], what: 'add', n: 1 })
      at.send({ ...each, values: ['x'], what: 'remove', n: 2 })
      at.replay({ forgetsIds: true, limit: 1 })
      return at.mint(AMY, 'groups')
    }
    expect(afterRepeat({})).toEqual([])
    expect(afterRepeat({ forgetsTombstones: true })).toEqual(['x'])
  })

  test('a late number applies like any other; control: where numbers decide it is lost (rule 36)', () => {
    const removed = (broken: BrokenRules) => {
      const made = decisionWorld(broken)
      const partition = partitionOf(AMY)
      const put = (n: number, op: 'set' | 'remove', number: number): void => {
        const change = groupsChange(`c${n}`, AMY, { op, values: ['x'], n })
        made.take(partition, [arrivalOf(change, { partition, number })])
      }
      put(1, 'set', 1)
      // A restored gateway gives a number twice.
      put(2, 'remove', 1)
      return made.mint(AMY, 'groups')
    }
    expect(removed({})).toEqual([])
    expect(removed({ numbersDecide: true })).toEqual(['x'])
  })
})
