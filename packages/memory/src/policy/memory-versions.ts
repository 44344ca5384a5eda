import { CONTROL_PARTITION } from '@freshet/protocol'
import { orderedEntry, publishedEntry } from '@freshet/wire'
import type { ActiveVersion, VersionStore } from '@freshet/registry'
import { appendMemoryAudit } from '../audit/memory-audit.ts'
import type { MemoryDatabase } from '../memory-database.ts'

/** Creates the store of policy versions in process. */
export function memoryVersionStore(db: MemoryDatabase): VersionStore {
  const { policyVersions: versions, activationOrders: orders } = db
  return {
    publish: async (version) => {
      const key = String(version.pv)
      const kept = versions.get(key)
      if (kept !== undefined) return kept
      versions.set(key, version)
      appendMemoryAudit(db, [publishedEntry(version)])
      return version
    },
    find: async (pv) => versions.get(String(pv)),
    order: async (order, after) => {
      const key = String(order.pv)
      if (orders.get(key) === undefined && latestOrder(db, order.pv) === after) {
        orders.set(key, order)
        appendMemoryAudit(db, [orderedEntry(order)])
      }
      return orders.get(key)
    },
    latestOrder: async (but) => latestOrder(db, but),
    ordered: async (pv) => orders.get(String(pv)),
    latest: async (limit) =>
      versions
        .values()
        .toSorted((a, b) => b.pv - a.pv)
        .slice(0, limit)
        .map(({ pv, hash, by, atMs }) => {
          const { pv: _, ...ordered } = orders.get(String(pv)) ?? { pv: 0 }
          return { pv, hash, published: { by, atMs }, ordered: 'by' in ordered ? ordered : null }
        }),
    status: async (limit) => {
      const control = activeIn(db, CONTROL_PARTITION)
      const active = db.progress.values().flatMap(({ partition }) => activeIn(db, partition) ?? [])
      return {
        control: control ?? null,
        active: [...new Map(active.map((each) => [`${each.pv} ${each.hash}`, each])).values()],
        newest: versions
          .values()
          .map(({ pv, hash }) => ({ pv, hash }))
          .toSorted((a, b) => b.pv - a.pv)
          .slice(0, limit),
      }
    },
  }
}

function latestOrder({ activationOrders }: MemoryDatabase, but: number): number {
  const others = activationOrders.values().filter(({ pv }) => pv !== but)
  return Math.max(0, ...others.map(({ pv }) => pv))
}

function activeIn({ progress }: MemoryDatabase, partition: number): ActiveVersion | undefined {
  const row = progress.get(String(partition))
  if (row === undefined || row.activeHash === null) return undefined
  return { pv: row.activePv, hash: row.activeHash }
}
