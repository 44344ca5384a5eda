import { EXACT_EDGES_MAX } from '@freshet/protocol/slo'
import type { VerifyKey } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { edgesOrGroups } from './edge-groups.ts'
import { edgePage } from './edge-page.ts'
import { markWithdrawn, type SigningVersion } from './edge-signed.ts'
import type { KnownEdge } from '../observatory-store.ts'

const NOW = 10_000_000

function edge(n: number, more: Partial<KnownEdge> = {}): KnownEdge {
  return {
    edge: `edge-${String(n).padStart(4, '0')}`,
    audience: 'payments',
    version: '1',
    state: 'live',
    reportedAtMs: NOW - 100,
    liveSinceMs: NOW - 9_000 + n,
    signer: null,
    partitions: [{ partition: 3, applied: 20n, viewAgeMs: 40 }],
    ...more,
  }
}

/** With these keys for every client, of which only the names are compared, and a client that signs for these edges. */
function versionOf(kids: readonly string[], edges: readonly string[] = []): SigningVersion {
  const client = { id: 'ledger-edge', tenant: 'acme', audiences: [], introspects: [], edges }
  return {
    clientKeys: () => kids.map((kid) => ({ kid }) as VerifyKey),
    registry: { clients: new Map([[client.id, client]]) },
  }
}

const many = (last: Partial<KnownEdge> = {}, count = EXACT_EDGES_MAX + 1): readonly KnownEdge[] =>
  Array.from({ length: count }, (_, n) => edge(n, n === count - 1 ? last : {}))

describe('edges', () => {
  it('are told of one by one up to a number of them', () => {
    const edges = many({}, EXACT_EDGES_MAX)
    expect(edgesOrGroups(edges, NOW, 'oldest')).toBe(edges)
  })

  it('that have not reported for long do not make the others a group', () => {
    const edges = many({ reportedAtMs: NOW - 1_821_000 })
    expect(edgesOrGroups(edges, NOW, 'oldest')).toBe(edges)
  })

  it('beyond it are groups by audience and standing', () => {
    const edges = [...many({ reportedAtMs: NOW - 20_000 }), edge(900, { audience: 'ledger' })]
    const groups = edgesOrGroups(edges, NOW, 'oldest')
    expect(groups.map((each) => [each.edge, each.group?.edges])).toEqual([
      ['payments/synced', EXACT_EDGES_MAX],
      ['payments/disconnected', 1],
      ['ledger/synced', 1],
    ])
  })
})

describe('a group', () => {
  it('has applied what the last of its edges has, and counts since the first of them was live', () => {
    const behind = { partitions: [{ partition: 3, applied: 7n, viewAgeMs: 900 }] }
    const [group] = edgesOrGroups(many(behind), NOW, 'oldest')
    expect(group).toMatchObject({
      liveSinceMs: NOW - 9_000,
      partitions: [{ partition: 3, applied: 7n, viewAgeMs: 900 }],
    })
  })

  it('is closed once the newest of its views is out of lease', () => {
    const newer = { reportedAtMs: NOW, partitions: [{ partition: 3, applied: 20n, viewAgeMs: 5 }] }
    const [group] = edgesOrGroups(many(newer), NOW, 'newest')
    expect(group).toMatchObject({ reportedAtMs: NOW, partitions: [{ viewAgeMs: 5 }] })
  })

  it('counts its edges whose signature counts in the version', () => {
    const signer = { client: 'payments-edge', kid: 'k1' }
    const edges = [...many({ signer }), edge(900, { signer }), edge(901, { signer })]
    const shown = (of: readonly KnownEdge[], version: SigningVersion) =>
      edgesOrGroups([...edges, ...markWithdrawn(of, version)], NOW, 'oldest')[0]
    const more = [edge(902, { signer })]
    expect(shown(more, versionOf(['k2', 'k1']))).toMatchObject({
      signer: null,
      group: { edges: edges.length + 1, signed: 4 },
    })
    expect(shown(more, versionOf(['k2']))?.group?.signed).toBe(3)
    expect(shown(more, versionOf(['k1'], ['edge-*']))?.group?.signed).toBe(3)
    expect(shown(more, versionOf(['k1'], ['other-*']))?.group?.signed).toBe(4)
  })

  it('has read nothing of a partition of which one of its edges tells nothing', () => {
    const other = { partitions: [{ partition: 4, applied: 9n, viewAgeMs: 40 }] }
    const [group] = edgesOrGroups(many(other), NOW, 'oldest')
    expect(group?.partitions).toMatchObject([{ applied: 0n }, { applied: 0n }])
  })
})

const all = (edges: readonly KnownEdge[]) => ({ edges, uncounted: 0 })

describe('a page', () => {
  it('holds edges behind a name, and says how many there are and where it goes on', () => {
    const first = edgePage(all(many()), { limit: 2 }, NOW)
    expect(first.items.map((each) => each.edge)).toEqual(['edge-0000', 'edge-0001'])
    expect([first.next, first.total]).toEqual(['edge-0001', EXACT_EDGES_MAX + 1])
    const last = edgePage(all(many()), { limit: 900, after: 'edge-0499' }, NOW)
    expect([last.items.length, last.next]).toEqual([1, null])
  })

  it('never holds more than 500, and only those that stand as asked', () => {
    const gone = { reportedAtMs: NOW - 20_000 }
    expect(edgePage(all(many(gone)), { limit: 10_000 }, NOW).items).toHaveLength(EXACT_EDGES_MAX)
    const page = edgePage(all(many(gone)), { limit: 9, standing: 'disconnected' }, NOW)
    expect([page.items.length, page.next, page.total]).toEqual([1, null, 1])
  })
})
