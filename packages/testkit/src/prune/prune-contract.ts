import { OWN_SOURCE } from '@freshet/protocol'
import type { Feed } from '@freshet/intake'
import type { EndingDenials, PruneStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'

/** The kinds that are removed by age alone. */
export type AgedKind =
  | 'watermarks'
  | 'marks'
  | 'changes'
  | 'issuances'
  | 'foreign'
  | 'parked'
  /** Feeds of source `hr`, by tenant. */
  | 'feeds'
  | EndingDenials
  /** Denials of keys, which never go. */
  | 'keys'

/** A store under test, and the rows behind it. */
export interface PruneUnderTest {
  readonly store: PruneStore
  /** Adds a row: raised, applied or expiring at that time. */
  add(kind: AgedKind, name: string, atMs: number): Promise<void>
  /** Names of the rows that are left, sorted. */
  left(kind: AgedKind): Promise<readonly string[]>
  addFeed(feed: PlantedFeed): Promise<void>
}

/** A feed in one partition, with a `through` of 10. */
export interface PlantedFeed extends Feed {
  readonly throughMs?: number | null
  readonly halted?: boolean
  /** A full statement is open. */
  readonly open?: boolean
}

const IN_FORCE = { tenants: ['acme'], sources: ['hr'] }

const DENIALS = ['ended-tokens', 'tokens', 'sessions'] as const

type Prune = (store: PruneStore, beforeMs: number, limit: number) => Promise<number>

const METHODS: readonly (readonly [AgedKind, Prune])[] = [
  ['watermarks', (store, ...age) => store.pruneWatermarks(...age)],
  ['marks', (store, ...age) => store.pruneMarks(...age)],
  ['changes', (store, ...age) => store.pruneChanges(...age)],
  ['issuances', (store, ...age) => store.pruneIssuances(...age)],
  ['foreign', (store, ...age) => store.pruneForeignTokens(...age)],
  ['parked', (store, ...age) => store.pruneQuarantined(...age)],
  ['feeds', (store, ...age) => store.pruneFeeds(IN_FORCE, ...age)],
  ...DENIALS.map((kind): readonly [AgedKind, Prune] => [
    kind,
    (store, ...age) => store.pruneDenials(kind, ...age),
  ]),
]

/** Checks the removal of rows by age or number in every {@link PruneStore}. */
export function registerPruneContract(name: string, make: () => Promise<PruneUnderTest>): void {
  describe.each(METHODS)(`prune store: ${name}: %s`, (kind, prune) => {
    let under: PruneUnderTest
    beforeEach(async () => {
      under = await make()
      await under.add(kind, 'b', 20)
      await under.add(kind, 'a', 10)
      await under.add(kind, 'c', 30)
    })

    test('of before go, the others stay (rule 25)', async () => {
      expect(await prune(under.store, 30, 100)).toBe(2)
      expect(await under.left(kind)).toEqual(['c'])
      expect(await prune(under.store, 30, 100)).toBe(0)
    })

    test('go no more at once than the limit, the oldest first', async () => {
      expect(await prune(under.store, 100, 1)).toBe(1)
      expect(await under.left(kind)).toEqual(['b', 'c'])
    })
  })

  test.each(DENIALS)(`prune store: ${name}: denials of %s leave all others`, async (kind) => {
    const under = await make()
    const others = ([...DENIALS, 'keys'] as const).filter((other) => other !== kind)
    for (const each of [kind, ...others]) await under.add(each, each, 10)
    expect(await under.store.pruneDenials(kind, 30, 100)).toBe(1)
    for (const other of others) expect(await under.left(other)).toEqual([other])
  })

  test(`prune store: ${name}: feeds stay that are in force, halted, in a full statement or silent`, async () => {
    const under = await make()
    const planted: readonly PlantedFeed[] = [
      { tenant: 'acme', source: 'hr' },
      { tenant: 'acme', source: OWN_SOURCE },
      { tenant: 'halted', source: 'hr', halted: true },
      { tenant: 'open', source: 'hr', open: true },
      { tenant: 'silent', source: 'hr', throughMs: null },
      { tenant: 'acme', source: 'gone' },
      { tenant: 'gone', source: 'hr' },
    ]
    for (const feed of planted) await under.addFeed(feed)
    expect(await under.store.pruneFeeds(IN_FORCE, 30, 100)).toBe(2)
    expect(await under.left('feeds')).toEqual(['acme', 'acme', 'halted', 'open', 'silent'])
  })

  test(`prune store: ${name}: parked records beyond the most that are kept of a reason go`, async () => {
    const under = await make()
    await under.add('parked', 'b', 20)
    await under.add('parked', 'a', 10)
    await under.add('parked', 'c', 30)
    expect(await under.store.trimQuarantined(3, 100)).toBe(0)
    expect(await under.store.trimQuarantined(1, 1)).toBe(1)
    expect(await under.store.trimQuarantined(1, 100)).toBe(1)
    expect(await under.left('parked')).toEqual(['c'])
  })
}
