import type { StatementAnswer } from '@freshet/source'
import { describe, expect, it } from 'vitest'
import { resyncText } from './resync-text.ts'
import type { SourceLoadResult } from './source-load.ts'
import { awaitSnapshot, STILL_MAX_MS, type SnapshotWait } from './source-resync.ts'

const loaded: SourceLoadResult = {
  source: 'iga',
  begin: 'b1',
  lines: 2,
  skipped: 0,
  resumedAt: 0,
  sent: 4,
  seconds: 1,
}
type State = StatementAnswer['partitions'][number]['state']

function statement(states: readonly State[], more: Partial<StatementAnswer> = {}): StatementAnswer {
  const partitions = states.map((state, partition) => ({ partition, state }))
  const missed = { removals: 0, grants: 0, changes: [] }
  return { begin: 'b1', partitions, compared: 2, missed, ...more }
}

function asking(
  ...answers: readonly (StatementAnswer | null)[]
): SnapshotWait & { calls: () => number } {
  let at = 0
  return {
    calls: () => at,
    isConfirmed: false,
    ask: async () => {
      const found = answers[Math.min(at, answers.length - 1)] ?? null
      at += 1
      return { owner: 'iam', contact: 'oncall-iam@acme.example', statement: found }
    },
    sleep: () => Promise.resolve(),
  }
}

describe('waiting for a full statement', () => {
  it('goes on until it is done with in every partition', async () => {
    const over = asking(
      null,
      statement(['ended', 'ended'], { begin: 'b0' }),
      statement(['ended', 'awaited']),
      statement(['ended', 'ending']),
      statement(['ended', 'open']),
      statement(['ended', 'ended']),
    )
    expect(await awaitSnapshot(loaded, over)).toMatchObject({ state: 'ended', unfinished: [] })
    expect(over.calls()).toBe(6)
  })

  it.each<[State, readonly State[]]>([
    ['held', ['ended', 'held', 'void']],
    ['void', ['ended', 'void', 'ended']],
  ])('prints where it is %s', async (state, states) => {
    const report = await awaitSnapshot(loaded, asking(statement(states)))
    expect(report).toMatchObject({ state, unfinished: expect.arrayContaining([1]) as unknown })
  })

  it('goes on while one that was confirmed is still held', async () => {
    const over = { ...asking(statement(['held']), statement(['ended'])), isConfirmed: true }
    expect(await awaitSnapshot(loaded, over)).toMatchObject({ state: 'ended' })
  })

  it('is given up where nothing moves', async () => {
    const over = asking(statement(['open']))
    await expect(awaitSnapshot(loaded, over)).rejects.toThrow('has not compared it yet')
    expect(over.calls()).toBeLessThanOrEqual(STILL_MAX_MS / 1_000 + 1)
  })
})

describe('the report of a resync', () => {
  const change = {
    iss: 'i',
    sub: 'alice',
    claim: 'groups',
    change: 'c7',
    removal: true,
    grant: false,
  }

  it('names what was missed, and the owner', async () => {
    const missed = { removals: 30, grants: 0, changes: [change] }
    const report = await awaitSnapshot(loaded, asking(statement(['ended'], { missed })))
    expect(resyncText(report).split('\n')).toEqual([
      'compared 2 claims of subjects with the former state of iga: 30 missed removals, 0 missed grants',
      '  alice  groups  missed removal  (found by c7)',
      '  … and 29 more',
      'owner: iam, oncall-iam@acme.example',
    ])
  })

  it('prints the next step for a file that is held', async () => {
    const report = await awaitSnapshot(loaded, asking(statement(['ended', 'held'])))
    expect(resyncText(report)).toContain('held in partition 1')
    expect(resyncText(report)).toContain('--confirm')
  })

  it('names how many accounts the snapshot omitted, and none where it omitted none', async () => {
    const reportOf = (omittedAccounts: number) => {
      const snapshotWait = asking(statement(['ended']))
      const ask = async () => ({ ...(await snapshotWait.ask()), omittedAccounts })
      return awaitSnapshot(loaded, { ...snapshotWait, ask })
    }
    expect(resyncText(await reportOf(12))).toContain('12 accounts are in doubt')
    expect(resyncText(await reportOf(1))).toContain('1 account is in doubt')
    expect(resyncText(await reportOf(0))).not.toContain('in doubt')
  })

  it('prints that it must begin anew if its end was refused', async () => {
    const report = await awaitSnapshot(loaded, asking(statement(['void', 'ended'])))
    expect(resyncText(report)).toContain('void in partition 0')
    expect(resyncText(report)).toContain('policy version')
    expect(resyncText(report)).toContain('--restart')
  })
})
