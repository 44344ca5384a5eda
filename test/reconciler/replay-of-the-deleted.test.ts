import { NO_VERSION, partitionOf, subjectKey, valuesInForce } from '@freshet/protocol'
import { MemoryDatabase } from '@freshet/memory'
import { AMY, groupsChange, hrOrigin, type QuarantineWorld } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { quarantineOnMemory } from './quarantine-on-memory.ts'

const P = partitionOf(AMY)
const deleted = {
  ...hrOrigin('deleted', 10),
  kind: 'account',
  subject: AMY,
  op: 'deleted',
} as const
const isAmy = (row: { readonly subject: typeof AMY }): boolean =>
  subjectKey(row.subject) === subjectKey(AMY)

let database: MemoryDatabase
let at: QuarantineWorld
beforeEach(async () => {
  database = new MemoryDatabase()
  at = await quarantineOnMemory(database)
})

/** Quarantines a change as unproven, deletes amy, and replays the change with its key published. */
async function replayAfterDeletion(change: ReturnType<typeof groupsChange>) {
  at.unproven.add(change.source)
  at.topic.put(change)
  await at.settle()
  const id = at.newest(P)
  at.unproven.clear()
  at.topic.put(deleted)
  await at.settle()
  return at.replay(id)
}

/** Returns the stored values of amy's claim that a mint can use. */
function mintable(claim: string, floor = NO_VERSION): readonly unknown[] {
  const held = database.claimStates.values().find((row) => isAmy(row) && row.claim === claim)
  return held ? valuesInForce(held.state, () => floor) : []
}

describe('a replay for a subject that was deleted meanwhile (rule 33)', () => {
  it('gives nothing of the account source’s own claims: the deletion is newer', async () => {
    const gained = groupsChange('a1', AMY, { op: 'add', values: ['x'], n: 5 })
    expect(await replayAfterDeletion(gained)).toMatchObject({ kind: 'taken' })
    const account = database.accounts.values().find(isAmy)
    expect(account?.state.state).toBe('deleted')
    expect(mintable('groups', account?.state.deletedFloor)).toEqual([])
    expect(mintable('groups')).toEqual(['x']) // Control: the deletion holds it back.
  })

  it('leaves the claims of others in doubt: no replay settles what it does not name', async () => {
    const gained = groupsChange('e1', AMY, { op: 'add', values: ['read'], n: 5 })
    const change = { ...gained, source: 'iga', claim: 'entitlements', sequence: 1n }
    expect(await replayAfterDeletion(change)).toMatchObject({ kind: 'taken' })
    const doubts = database.doubts
      .values()
      .filter((row) => isAmy(row) && row.claim === change.claim)
    expect(doubts).toMatchObject([{ raised: true, settled: false }])
  })

  it('does not enable the account: its version is older than the deletion', async () => {
    at.unproven.add('hr')
    at.topic.put({ ...hrOrigin('enabled', 5), kind: 'account', subject: AMY, op: 'enabled' })
    await at.settle()
    const id = at.newest(0)
    at.unproven.clear()
    at.topic.put(deleted)
    await at.settle()
    expect(await at.replay(id)).toMatchObject({ kind: 'taken', outcome: 'late' })
    expect(database.accounts.values().find(isAmy)?.state.state).toBe('deleted')
  })
})
