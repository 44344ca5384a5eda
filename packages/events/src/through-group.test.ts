import {
  planPublication,
  PUBLISH_POLICY,
  throughTable,
  type Checkpoint,
  type Heartbeat,
  type PublisherSnapshot,
  type StatedThrough,
} from '@freshet/domain'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeCheckpoint, readCheckpoint } from './checkpoint-record.ts'
import { generateKey, importSigningKey, type SigningKey } from './keys.ts'
import { recordsHash } from './records-hash.ts'
import { tenantListName } from './through-group.ts'

const AT_MS = 1_795_000_000_000
const SOURCES = ['hr', 'iga', 'security', 'partners']
const TENANTS = Array.from({ length: 4_000 }, (_, n) => `tenant-${String(n).padStart(4, '0')}`)
const REF = { hash: tenantListName(['base']), offset: 123_456n }

let key: SigningKey
beforeAll(async () => {
  key = importSigningKey((await generateKey('EdDSA', 'checkpoints-1')).privateJwk)
})

/** What a publisher sees of 4,000 tenants with four sources each, one second after the other. */
function snapshotAt(second: number): PublisherSnapshot<never> {
  const map = {
    version: 1,
    account: 'hr',
    cutOffs: [],
    leasesMs: new Map(SOURCES.map((source) => [source, 5_000])),
    claims: new Map(),
  }
  const feeds = TENANTS.flatMap((tenant, n) =>
    SOURCES.map((source) => {
      const throughMs = AT_MS + second * 1_000 + ((n * 7) % 1_000)
      return { tenant, source, throughMs, state: 'complete' as const }
    }),
  )
  return {
    partition: 3,
    e: 1_795_000_000n,
    generation: 17n,
    head: { ...REF, storedAtMs: AT_MS },
    base: REF,
    baseCandidates: [],
    signers: new Set(),
    rows: [],
    isDrained: true,
    permanents: [],
    through: throughTable(feeds, { map, tenants: new Set(TENANTS) }),
    leasesMs: map.leasesMs,
    minimumPv: 12,
    mapVersion: 12,
    mapHash: REF.hash,
    next: { offset: 987_654_321n, lastRecordHash: REF.hash },
    takenAtMs: AT_MS + second * 1_000,
  }
}

function planAt(second: number, stated: StatedThrough | null) {
  const plan = planPublication(
    snapshotAt(second),
    {
      generation: 17n,
      isHeadIntact: true,
      publishedKeys: new Set(),
      sinceHeartbeatMs: PUBLISH_POLICY.heartbeatIntervalMs,
      baseAgeMs: 4_200_000,
      grouping: { nameOf: tenantListName, stated, nowMonoMs: second * 1_000 },
    },
    PUBLISH_POLICY,
  )
  const heartbeat = plan.kind === 'continue' ? plan.batches.at(-1)?.heartbeat : undefined
  if (plan.kind !== 'continue' || !heartbeat) throw new Error(`no heartbeat in ${plan.kind}`)
  return { heartbeat, stated: plan.stated }
}

function checkpointWith(heartbeat: Heartbeat): Checkpoint {
  const at = { e: 1_795_000_000n, partition: 3, generation: 17n, previous: REF.hash }
  return { ...at, count: 0, recordsHash: recordsHash([]), heartbeat }
}

describe('a heartbeat of 4,000 tenants with four sources each', () => {
  it('takes at most 2 kB in the quiet, once the list of tenants has travelled', async () => {
    const first = planAt(0, null)
    const second = planAt(1, first.stated)
    const { record } = await encodeCheckpoint(checkpointWith(second.heartbeat), key)
    const headers = Object.entries(record.headers).reduce(
      (sum, [name, bytes]) => sum + name.length + bytes.length,
      0,
    )
    expect((record.value?.length ?? 0) + headers).toBeLessThan(2_048)
  })

  it('reads as it was written, with its list and without', async () => {
    const first = planAt(0, null)
    const second = planAt(1, first.stated)
    for (const { heartbeat } of [first, second]) {
      const { record } = await encodeCheckpoint(checkpointWith(heartbeat), key)
      expect(readCheckpoint(record)?.checkpoint).toEqual(checkpointWith(heartbeat))
    }
    expect(first.heartbeat.groups?.[0]?.tenants).toEqual(TENANTS)
    expect(second.heartbeat.groups?.[0]?.tenants).toBeUndefined()
  })

  it('states no feed beyond its own time', () => {
    const { heartbeat } = planAt(0, null)
    expect([...(heartbeat.groups?.[0]?.sources.values() ?? [])]).toEqual(SOURCES.map(() => AT_MS))
  })

  it('reads as one without groups to an edge that does not know them: it states less, never more', async () => {
    const { heartbeat } = planAt(0, null)
    const { record } = await encodeCheckpoint(checkpointWith(heartbeat), key)
    const wire = JSON.parse(Buffer.from(record.value ?? []).toString()) as Record<string, unknown>
    delete wire['groups']
    const value = Buffer.from(JSON.stringify(wire))
    const read = readCheckpoint({ ...record, value })?.checkpoint.heartbeat
    expect(read).toMatchObject({ through: new Map(), next: heartbeat.next, base: heartbeat.base })
  })
})

it('a group whose tenants are not those of its list is passed over', async () => {
  const { heartbeat } = planAt(0, null)
  const [group] = heartbeat.groups ?? []
  if (group === undefined) throw new Error('no group')
  const groups = [{ ...group, tenants: [...TENANTS, 'tenant-of-nobody'] }]
  const { record } = await encodeCheckpoint(checkpointWith({ ...heartbeat, groups }), key)
  expect(readCheckpoint(record)?.checkpoint.heartbeat?.groups).toEqual([])
})

it('the name of a list tells where one tenant ends and the next begins', () => {
  expect(tenantListName(['ab', 'c'])).not.toBe(tenantListName(['a', 'bc']))
})
