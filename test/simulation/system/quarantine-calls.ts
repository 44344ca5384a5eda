import { QUARANTINE_TOPIC } from '@freshet/wire'
import { memoryQuarantineStore, memoryRehearsalStore } from '@freshet/memory'
import {
  dropRecord,
  replayRecord,
  WAITING,
  type QuarantinedRecord,
  type ReplayOrder,
  type ReplayParts,
  type ReplayResult,
} from '@freshet/reconciler'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import { remoteReader, remoteWriter } from '../kernel/remote-log.ts'
import type { Policy } from './deployment.ts'
import { publishedOf } from './keys.ts'
import { readOnce } from './read-once.ts'
import { linkOf, type World } from './world.ts'

const LISTED_MAX = 50

/** A quarantined record that waits, and the change that it names. */
export interface QuarantinedIn {
  readonly id: string
  /** Its sender is proven. */
  readonly isUnreadable: boolean
  readonly changeId: string
}

/** A gateway's operations on quarantined records. */
export interface QuarantineCalls {
  quarantined(): Promise<readonly QuarantinedIn[]>
  replay(id: string, order: ReplayOrder): Promise<ReplayResult>
  /** Resolves with whether it was dropped now. */
  drop(id: string): Promise<boolean>
}

/** The product's replaying and dropping, with the wiring of the gateway's service. */
export function quarantineCalls(world: World, process: Process, loaded: Policy): QuarantineCalls {
  const parts = partsOf(world, process, loaded)
  const { store, timer } = parts
  return {
    async quarantined() {
      const waiting = await store.list({ states: WAITING }, LISTED_MAX)
      const named = waiting.map(async (record) => {
        const { id, code } = record
        return {
          id,
          isUnreadable: code === 'event.malformed',
          changeId: await changeIdOf(world, record),
        }
      })
      // Bytes that are still on their way cannot be replayed, and their change is not known.
      return (await Promise.all(named)).filter(({ changeId }) => changeId !== '')
    },
    replay: (id, order) => replayRecord(parts, id, order),
    async drop(id) {
      const how = { by: 'operator', reason: 'nobody needs it' }
      return (await dropRecord({ store, clock: timer }, id, how)).isNew
    },
  }
}

function partsOf(world: World, process: Process, { registry, hash }: Policy): ReplayParts {
  const { database, log, keys, guards, kernel } = world
  const link = linkOf(world, process, 'database')
  const broker = linkOf(world, process, 'broker')
  const ofSource = publishedOf(() => keys.source, kernel)
  const store = memoryQuarantineStore(database)
  const parts: ReplayParts = {
    store: remote(guards.quarantine?.(store, database) ?? store, link),
    rehearsals: remote(memoryRehearsalStore(database), link),
    reader: remoteReader(log, broker, kernel.random(`replays ${process.name} ${kernel.nowMs}`)),
    writer: remoteWriter(log, broker),
    timer: process.timer,
    authenticate: async (record) =>
      readOnce(record, { macKeys: keys.macs.believed, sourceKeys: ofSource() }),
    registryOf: (pv, of) => (pv === registry.version && of === hash ? registry : undefined),
  }
  return guards.replays?.(parts) ?? parts
}

/** Only a simulation reads the bytes. */
async function changeIdOf({ log }: World, { stands }: QuarantinedRecord): Promise<string> {
  if (stands === null) return ''
  const [record] = await log.read(QUARANTINE_TOPIC, stands.partition, stands.offset, 1)
  return Buffer.from(record?.headers['ce_id'] ?? []).toString()
}
