import type { Checkpoint, Heartbeat } from '@freshet/protocol'
import {
  encodeCheckpoint,
  generateKey,
  importSigningKey,
  readCheckpoint,
  recordsHash,
  tenantListName,
  type SigningKey,
} from '@freshet/wire'
import { MANY_SOURCES, MANY_TENANTS, manyFeedsAt, manyFeedsHeartbeat } from '@freshet/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const AT_MS = 1_795_000_000_000
/** The source with the oldest `through` has this lag. */
const BEHIND_MS = 999

let key: SigningKey
beforeAll(async () => {
  key = importSigningKey((await generateKey('EdDSA', 'checkpoints-1')).privateJwk)
})

/**
 * Returns the heartbeats of two seconds: the first one names the list of tenants, and the second refers to
 * it.
 */
function twoHeartbeats(): readonly [Heartbeat, Heartbeat] {
  const first = manyFeedsHeartbeat(manyFeedsAt(AT_MS), { groups: null }, 0)
  const second = manyFeedsHeartbeat(manyFeedsAt(AT_MS + 1_000), first.next, 1_000)
  return [first.heartbeat, second.heartbeat]
}

function checkpointWith(heartbeat: Heartbeat): Checkpoint {
  const at = { e: 1_795_000_000n, partition: 3, generation: 17n, previous: recordsHash([]) }
  return { ...at, count: 0, recordsHash: recordsHash([]), heartbeat }
}

describe('a heartbeat of 4,000 tenants with four sources each', () => {
  it('takes at most 2 kB in the quiet, once the list of tenants has travelled', async () => {
    const [, second] = twoHeartbeats()
    const { record } = await encodeCheckpoint(checkpointWith(second), key)
    const headers = Object.entries(record.headers).reduce(
      (sum, [name, bytes]) => sum + name.length + bytes.length,
      0,
    )
    expect((record.value?.length ?? 0) + headers).toBeLessThan(2_048)
  })

  it('reads as it was written, with its list and without', async () => {
    const [first, second] = twoHeartbeats()
    for (const heartbeat of [first, second]) {
      const { record } = await encodeCheckpoint(checkpointWith(heartbeat), key)
      expect(readCheckpoint(record)?.checkpoint).toEqual(checkpointWith(heartbeat))
    }
    expect(first.groups?.[0]?.tenants).toEqual(MANY_TENANTS)
    expect(second.groups?.[0]?.tenants).toBeUndefined()
  })

  it('states no feed beyond its own time', () => {
    const [{ groups }] = twoHeartbeats()
    const stated = [...(groups?.[0]?.sources.values() ?? [])]
    expect(stated).toEqual(MANY_SOURCES.map(() => AT_MS - BEHIND_MS))
  })

  it('reads as one without groups to an edge that does not know them: it states less, never more', async () => {
    const [heartbeat] = twoHeartbeats()
    const { record } = await encodeCheckpoint(checkpointWith(heartbeat), key)
    const wire = JSON.parse(Buffer.from(record.value ?? []).toString()) as Record<string, unknown>
    delete wire['groups']
    const value = Buffer.from(JSON.stringify(wire))
    const read = readCheckpoint({ ...record, value })?.checkpoint.heartbeat
    expect(read).toMatchObject({ through: new Map(), next: heartbeat.next, base: heartbeat.base })
  })
})

it('a group whose tenants are not those of its list is passed over', async () => {
  const [heartbeat] = twoHeartbeats()
  const [group] = heartbeat.groups ?? []
  if (group === undefined) throw new Error('no group')
  const groups = [{ ...group, tenants: [...MANY_TENANTS, 'tenant-of-nobody'] }]
  const { record } = await encodeCheckpoint(checkpointWith({ ...heartbeat, groups }), key)
  expect(readCheckpoint(record)?.checkpoint.heartbeat?.groups).toEqual([])
})

it('the name of a list depends on where one tenant ends and the next begins', () => {
  expect(tenantListName(['ab', 'c'])).not.toBe(tenantListName(['a', 'bc']))
})
