import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type OutgoingRecord } from '@freshet/wire'
import { PARTITIONS } from '@freshet/protocol'
import type { Random } from '../random.ts'
import { forge } from './forgery.ts'
import type { World } from './world.ts'

const REPLAYED_BACK = 40
const FORGES = 0.2

/**
 * A sender without a key, who can write to the topics (rules 19 and 45, S16). An old record comes again, in
 * its partition or in another. A batch comes again without its end. A byte of a record is changed. Rubbish
 * comes, too. All of it together must change nothing.
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
  const from = bounds.end - BigInt(random.between(1, Math.min(held, REPLAYED_BACK)))
  const old = await log.read(topic, partition, from, random.between(1, 4))
  const [first] = old
  if (first === undefined) return
  const deed = random.pick(['repeats', 'moves', 'alters', 'invents'] as const)
  const to = deed === 'moves' ? random.pick(PARTITIONS) : partition
  const records = deed === 'invents' ? [rubbish(first, random)] : old
  kernel.log('STRANGER', `${deed} ${records.length} of ${topic}/${partition} in ${to}`)
  await log.append(topic, to, deed === 'alters' ? [altered(first, random)] : records)
}

/** Returns a record with a claimed place and no other true content. */
function rubbish({ key, headers }: OutgoingRecord, random: Random): OutgoingRecord {
  const value = Uint8Array.from({ length: random.below(60) }, () => random.below(256))
  return { key, value, headers: random.chance(0.5) ? headers : {} }
}

/** Returns a record with one changed byte in its value or in a header. */
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
