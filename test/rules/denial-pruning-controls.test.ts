import {
  denialKey,
  IDENTITY_TOKEN_LIFE_CEILING_MS,
  judgesLivingTokens,
  WATERMARK_MARGIN_MS,
  type Denial,
  type DenialKind,
} from '@freshet/protocol'
import { MemoryDatabase, memoryPruneStore } from '@freshet/memory'
import { runPruning, type PruneStore } from '@freshet/reconciler'
import { ManualClock } from '@freshet/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'

/**
 * An explorer of the end of denials in the database. Sessions, tokens of identity providers and access tokens
 * are denied at any time of their life. Pruning has just run in the last second in which the authority or an
 * edge would accept one. The database must still have the denial, and a new root must still have that of an
 * access token. In the end only the rows of keys are left.
 */
const HOUR_MS = 3_600_000
const T_MAX_MS = HOUR_MS
const KEEP_MS = T_MAX_MS + WATERMARK_MARGIN_MS
const SESSION_MS = 72 * HOUR_MS
const LAST_MS = 1_000

const KINDS = ['session', 'identity token', 'access token', 'key'] as const
type What = (typeof KINDS)[number]
const LIVES_MS: Readonly<Record<What, number>> = {
  session: SESSION_MS,
  'identity token': IDENTITY_TOKEN_LIFE_CEILING_MS,
  'access token': T_MAX_MS,
  key: 0,
}
const DENIED_AS: Readonly<Record<What, DenialKind>> = {
  session: 'session',
  'identity token': 'token',
  'access token': 'token',
  key: 'key',
}

/**
 * The denied object, the share of its life that has passed (permille), and the time since the denial before.
 */
type Step = readonly [what: number, share: number, passesS: number]
const steps = fc.array(fc.tuple(fc.nat(KINDS.length - 1), fc.nat(1_000), fc.nat(7_200)), {
  minLength: 10,
  maxLength: 40,
})

/** The differences from the product. */
interface Weaker {
  readonly lives?: Partial<Record<What, number>>
  prune?(store: PruneStore, nowMs: () => number): PruneStore
  readonly rootKeptMs?: number
}

interface Found {
  unsafe: number
  left: number
}

interface Ending {
  readonly what: What
  readonly denial: Denial
  readonly endsAtMs: number
}

async function explore(path: readonly Step[], weaker: Weaker): Promise<Found> {
  const clock = new ManualClock()
  const database = new MemoryDatabase()
  const held = memoryPruneStore(database)
  const store = weaker.prune?.(held, () => clock.nowMs()) ?? held
  const found: Found = { unsafe: 0, left: 0 }
  let open: Ending[] = []
  const goTo = async (untilMs: number): Promise<void> => {
    for (const ending of open.filter(({ endsAtMs }) => endsAtMs <= untilMs)) {
      clock.jumpWall(ending.endsAtMs - LAST_MS - clock.nowMs())
      await pruneOnce(store, clock)
      if (!isRefused(database, ending, clock.nowMs(), weaker)) found.unsafe += 1
    }
    open = open.filter(({ endsAtMs }) => endsAtMs > untilMs)
    clock.jumpWall(untilMs - clock.nowMs())
  }
  for (const [index, [kind, share, passesS]] of path.entries()) {
    await goTo(clock.nowMs() + passesS * 1_000)
    const what = KINDS[kind] ?? 'key'
    const lifeMs = weaker.lives?.[what] ?? LIVES_MS[what]
    const endsAtMs = clock.nowMs() + Math.max(2 * LAST_MS, (lifeMs * share) / 1_000)
    const denial = { tenant: 'acme', kind: DENIED_AS[what], id: String(index) }
    deny(database, { what, denial, endsAtMs }, clock.nowMs())
    if (what !== 'key') open.push({ what, denial, endsAtMs })
    open.sort((a, b) => a.endsAtMs - b.endsAtMs)
  }
  await goTo(clock.nowMs() + 10 * SESSION_MS)
  await pruneOnce(store, clock)
  found.left = database.denials.values().filter(({ kind }) => kind !== 'key').length
  return found
}

function deny(database: MemoryDatabase, { what, denial, endsAtMs }: Ending, nowMs: number): void {
  const { kind, id: target, tenant } = denial
  const stated = { tenant, kind, target, source: 'security', change: target, atMs: nowMs }
  const end = what === 'access token' ? { expMs: endsAtMs } : {}
  database.denials.set(denialKey(denial), { ...stated, ...end, recordedAtMs: nowMs, record: null })
}

function isRefused(
  database: MemoryDatabase,
  { what, denial }: Ending,
  nowMs: number,
  { rootKeptMs: keptMs = KEEP_MS }: Weaker,
): boolean {
  const row = database.denials.get(denialKey(denial))
  if (row === undefined) return false
  return what !== 'access token' || judgesLivingTokens(row, { nowMs, keptMs })
}

/** Runs one round of the product's loop. */
async function pruneOnce(store: PruneStore, clock: ManualClock): Promise<void> {
  const ended = new AbortController()
  const inForce = () => ({ tenants: [], sources: [] })
  const terms = { keepMs: KEEP_MS, sessionLifeMaxMs: SESSION_MS, inForce, onFailed: () => {} }
  const running = runPruning({ store, timer: clock, ...terms }, ended.signal)
  await clock.advance(0)
  ended.abort()
  await running
}

async function sum(weaker: Weaker = {}): Promise<Found> {
  const all: Found = { unsafe: 0, left: 0 }
  for (const path of fc.sample(steps, { numRuns: 25, seed: 25 })) {
    const found = await explore(path, weaker)
    all.unsafe += found.unsafe
    all.left += found.left
  }
  return all
}

/** Removes all denials of these kinds as soon as those of ended access tokens. */
function early(...kinds: readonly string[]): Weaker {
  return {
    prune: (store, nowMs) => ({
      ...store,
      pruneDenials: (kind, beforeMs, limit) =>
        store.pruneDenials(kind, kinds.includes(kind) ? nowMs() - KEEP_MS : beforeMs, limit),
    }),
  }
}

test('rule 25: pruning never lets in what was denied, and leaves no denial that ends', async () => {
  expect(await sum()).toEqual({ unsafe: 0, left: 0 })
})

test.each([
  ['the denial of a session is forgotten before the session ends', early('sessions')],
  ['the denial of a token without a known end is forgotten as one with an end', early('tokens')],
  [
    'an identity token can live for two days',
    { lives: { 'identity token': 2 * IDENTITY_TOKEN_LIFE_CEILING_MS } },
  ],
  ['an access token can live for longer than T_max', { lives: { 'access token': 2 * T_MAX_MS } }],
  ['a new root leaves out the denial of a token that lives', { rootKeptMs: T_MAX_MS / 2 }],
])('rule 25: control: %s, and something denied is let in', async (_, weaker) => {
  expect((await sum(weaker)).unsafe).toBeGreaterThan(0)
})

test('rule 25: control: without pruning every denial stays', async () => {
  const none = { prune: (store: PruneStore) => ({ ...store, pruneDenials: async () => 0 }) }
  expect((await sum(none)).left).toBeGreaterThan(0)
})
