import { replicaAge } from '@freshet/postgres'
import { expect, it } from 'vitest'
import { freshDatabase } from '../setup/database.ts'

it('a server that is no copy of the primary has no age; control: the primary itself has age 0', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()]
  try {
    expect(await replicaAge(one.system, one.system)()).toBe(0)
    await expect(replicaAge(one.system, other.system)()).rejects.toThrow(/no streaming replica/)
  } finally {
    await one.drop()
    await other.drop()
  }
})
