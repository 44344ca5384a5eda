import { changePartitions, FreshetError, signingKey } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  signRecord,
  type LogWriter,
  type SigningKey,
} from '@freshet/wire'
import { createDirectSource, type DirectSource, type SourceNumbers } from '@freshet/intake'
import type { Process } from '../kernel/process.ts'
import { ask, type Asking } from './ask.ts'
import { DIRECTORY } from './deployment.ts'
import { garbled } from './garble.ts'
import type { GatewayCalls } from './gateways.ts'
import type { Entry } from './journal.ts'
import type { Channel } from './source-channel.ts'
import type { World } from './world.ts'

/** Writes to the change topic directly, by the product's own library; a gateway returns the status. */
export function directChannel(
  world: World,
  process: Process,
  gateways: Asking<GatewayCalls>,
): Channel {
  const source = DIRECTORY
  const numbers = durableNumbers()
  const writer = writerOf(world, process)
  const key = (entry?: Entry): SigningKey => keyOf(world, process, entry)
  const own = (entry?: Entry): DirectSource =>
    createDirectSource({ source, key: key(entry), writer, numbers })
  return {
    async send(batch, onAnswer) {
      for (const entry of batch) {
        const sent = entry.isGarbled
          ? sendGarbled(world, entry, { key: key(), writer, numbers })
          : own(entry).send(entry)
        if (await isDone(sent)) onAnswer(entry)
      }
    },
    async sendHeartbeat(throughMs) {
      await isDone(own().heartbeat(world.tenant, throughMs))
      return []
    },
    status: () => ask(world, gateways, (gateway) => gateway.status(source, world.tenant)),
  }
}

/** Returns whether the broker has acknowledged. */
async function isDone(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent
    return true
  } catch (error) {
    if (error instanceof FreshetError && error.disposition === 'retry') return false
    throw error
  }
}

/** Sends other content with the place and the proof of the intended record: the same each time. */
async function sendGarbled(
  { kernel, tenant }: World,
  { id, change }: Entry,
  { key, writer, numbers }: { key: SigningKey; writer: LogWriter; numbers: SourceNumbers },
): Promise<void> {
  const record = garbled(encodeChange(change), kernel.random(`garble ${id}`))
  for (const partition of changePartitions(change)) {
    const number = await numbers.numberOf(tenant, partition, id)
    const signed = await signRecord(record, { partition, number }, key)
    await writer.append(CHANGES_TOPIC, partition, [signed])
  }
}

function keyOf({ keys, early }: World, { timer }: Process, entry?: Entry): SigningKey {
  const key = early.get(entry?.id ?? '') ?? signingKey(keys.source, timer.nowMs())
  if (key === undefined) throw new Error('The source has no key to sign with.')
  return key
}

/** Returns numbers that a source keeps in a database of its own. */
function durableNumbers(): SourceNumbers {
  const given = new Map<number, Map<string, bigint>>()
  const ofPartition = (partition: number): Map<string, bigint> => {
    const known = given.get(partition) ?? new Map<string, bigint>()
    given.set(partition, known)
    return known
  }
  return {
    numberOf(_tenant, partition, id) {
      const known = ofPartition(partition)
      const number = known.get(id) ?? BigInt(known.size + 1)
      known.set(id, number)
      return Promise.resolve(number)
    },
    last: (_tenant, partition) => Promise.resolve(BigInt(ofPartition(partition).size)),
  }
}

/**
 * Returns the source's own client of the broker; an append that it reports as lost can land later all the
 * same.
 */
function writerOf(world: World, process: Process): LogWriter {
  const { kernel, faults, log } = world
  const unavailable = async (): Promise<FreshetError> => {
    await process.wait(faults.timeoutMs())
    return new FreshetError('broker.unavailable', 'Nobody answers.')
  }
  return {
    async append(topic, partition, records) {
      await process.wait(faults.wayMs())
      const lost = faults.lostHalf()
      if (lost === 'request') {
        const lateMs = faults.landsLateMs()
        if (lateMs > 0) kernel.after(lateMs, () => void log.append(topic, partition, records))
        throw await unavailable()
      }
      const appended = await log.append(topic, partition, records)
      if (lost === 'answer') throw await unavailable()
      await process.wait(faults.wayMs())
      return appended
    },
  }
}
