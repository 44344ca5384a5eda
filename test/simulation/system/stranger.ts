import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type OutgoingRecord } from '@freshet/events'
import { PARTITIONS } from '@freshet/domain'
import type { Random } from '../random.ts'
import { forge } from './forgery.ts'
import type { World } from './world.ts'

const LOOK_BACK = 40
const FORGES = 0.2

/**
 * Somebody who may write to the topics and has no key (rules 19 and 45, S16): what was written
 * before comes again, in its partition or in another; a batch comes again without its end; a byte of
 * a record is another one; and there is rubbish. All of it together must change nothing.
 */
export async function meddle(world: World): Promise<void> {
  const { kernel, log } = world
  const random = kernel.random(`stranger ${kernel.nowMs}`)
  if (random.chance(FORGES)) return forge(world, random)
  const topic = random.pick([CHANGES_TOPIC, REVOCATIONS_TOPIC])
  const partition = random.pick(PARTITIONS)
  const bounds = (await log.bounds(topic))[partition]
  if (bounds === undefined || bounds.end === bounds.earliest) return
  const held = Number(bounds.end - bounds.earliest)
  const from = bounds.end - BigInt(random.between(1, Math.min(held, LOOK_BACK)))
  const old = await log.read(topic, partition, from, random.between(1, 4))
  const [first] = old
  if (first === undefined) return
  const deed = random.pick(['repeats', 'moves', 'alters', 'invents'] as const)
  const to = deed === 'moves' ? random.pick(PARTITIONS) : partition
  const records = deed === 'invents' ? [rubbish(first, random)] : old
  kernel.tell('STRANGER', `${deed} ${records.length} of ${topic}/${partition} in ${to}`)
  await log.append(topic, to, deed === 'alters' ? [altered(first, random)] : records)
}

/** The place that a record says it has, and nothing else that is true. */
function rubbish({ key, headers }: OutgoingRecord, random: Random): OutgoingRecord {
  const value = Uint8Array.from({ length: random.below(60) }, () => random.below(256))
  return { key, value, headers: random.chance(0.5) ? headers : {} }
}

/** One byte of the value or of a header is another one. */
function altered({ key, value, headers }: OutgoingRecord, random: Random): OutgoingRecord {
  const names = Object.keys(headers)
  if (value !== null && value.length > 0 && random.chance(0.5))
    return { key, value: flipped(value, random), headers }
  const name = names.length === 0 ? undefined : random.pick(names)
  const bytes = name === undefined ? undefined : headers[name]
  if (name === undefined || bytes === undefined) return { key, value: null, headers }
  return { key, value, headers: { ...headers, [name]: flipped(bytes, random) } }
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes)
  if (copy.length === 0) return copy
  const at = random.below(copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}
