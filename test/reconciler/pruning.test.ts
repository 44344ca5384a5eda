import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FreshetError } from '@freshet/protocol'
import {
  CHANGES_KEPT_MS,
  ISSUANCES_KEPT_MS,
  QUARANTINED_KEPT_MAX,
  QUARANTINED_KEPT_MS,
  PRUNE_CHUNK_ROWS,
  runPruning,
  STAMPS_KEPT_MS,
  TOKEN_DENIALS_KEPT_MS,
  type PruneStore,
} from '@freshet/reconciler'
import { ManualClock } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const NOW_MS = 1_795_000_000_000
const KEEP_MS = 70 * 60_000
const SESSION_MS = 400 * 86_400_000
const ROUND_MS = 60_000

/** Runs the loop for some time, over a store that answers so by turns, and returns the calls. */
async function callsWithin(ms: number, answer: (turn: number) => Promise<number>) {
  const clock = new ManualClock(NOW_MS)
  const ended = new AbortController()
  const calls: (readonly [what: string, beforeMs: number])[] = []
  const failures: unknown[] = []
  const prune = (what: string) => (beforeMs: number) => {
    calls.push([what, what === 'trimParked' ? beforeMs : beforeMs - clock.nowMs()])
    return answer(calls.length)
  }
  const store: PruneStore = {
    pruneWatermarks: prune('pruneWatermarks'),
    pruneMarks: prune('pruneMarks'),
    pruneChanges: prune('pruneChanges'),
    pruneIssuances: prune('pruneIssuances'),
    pruneForeignTokens: prune('pruneForeignTokens'),
    pruneStamps: prune('pruneStamps'),
    pruneOwnStamps: prune('pruneOwnStamps'),
    pruneDenials: (kind, beforeMs) => prune(kind)(beforeMs),
    pruneQuarantined: prune('pruneParked'),
    trimQuarantined: prune('trimParked'),
    pruneFeeds: (_, beforeMs) => prune('pruneFeeds')(beforeMs),
  }
  const inForce = () => ({ tenants: [], sources: [] })
  const onFailed = (error: unknown): void => void failures.push(error)
  const terms = { keepMs: KEEP_MS, sessionLifeMaxMs: SESSION_MS, inForce, onFailed }
  const running = runPruning({ store, timer: clock, ...terms }, ended.signal)
  await clock.advance(0)
  await clock.advance(ms)
  ended.abort()
  await running
  return { calls, failures }
}

const EACH = [
  ['pruneWatermarks', -KEEP_MS],
  ['pruneMarks', -KEEP_MS],
  ['ended-tokens', -KEEP_MS],
  ['tokens', -TOKEN_DENIALS_KEPT_MS],
  ['sessions', -SESSION_MS - KEEP_MS],
  ['pruneOwnStamps', -KEEP_MS],
  ['pruneStamps', -STAMPS_KEPT_MS],
  ['pruneChanges', -CHANGES_KEPT_MS],
  ['pruneParked', -QUARANTINED_KEPT_MS],
  ['trimParked', QUARANTINED_KEPT_MAX],
  ['pruneIssuances', -ISSUANCES_KEPT_MS],
  ['pruneForeignTokens', -ISSUANCES_KEPT_MS],
  ['pruneFeeds', -CHANGES_KEPT_MS],
] as const

test('pruning keeps what a living token or a repeat can need, and goes on after a failure (rule 25)', async () => {
  const down = new FreshetError('database.unavailable', 'The database did not answer.')
  const { calls, failures } = await callsWithin(ROUND_MS, (turn) =>
    turn === 1 ? Promise.reject(down) : Promise.resolve(0),
  )
  expect(calls).toEqual([...EACH, ...EACH])
  expect(failures).toEqual([down])
})

test('the next round follows after a full chunk and a short pause', async () => {
  const { calls } = await callsWithin(50, (turn) =>
    Promise.resolve(turn === 2 ? PRUNE_CHUNK_ROWS : 0),
  )
  expect(calls).toEqual([...EACH, ...EACH])
})

test('stamps outlive the records of the change topic, and the change log those of the quarantine', () => {
  const file = join(import.meta.dirname, '../../infra/topics.yaml')
  const { topics } = parse(readFileSync(file, 'utf8')) as {
    topics: Record<string, { config: { 'retention.ms': number } }>
  }
  const keptMs = (topic: string): number => topics[topic]?.config['retention.ms'] ?? Infinity
  expect(STAMPS_KEPT_MS).toBeGreaterThan(keptMs('freshet.changes.v1'))
  expect(CHANGES_KEPT_MS).toBeGreaterThan(keptMs('freshet.quarantine.v1'))
  expect(CHANGES_KEPT_MS).toBeGreaterThan(STAMPS_KEPT_MS)
  expect(QUARANTINED_KEPT_MS).toBe(keptMs('freshet.quarantine.v1'))
})
