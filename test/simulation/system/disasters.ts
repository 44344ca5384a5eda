import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/events'
import { PARTITIONS } from '@freshet/domain'
import type { Random } from '../random.ts'
import type { Host } from '../kernel/process.ts'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { BASE_AGE_MS, VERSIONS_MAX } from './deployment.ts'
import { meddle } from './stranger.ts'
import type { World } from './world.ts'

const BACKUPS_MAX = 3
const DOWN_MS = [100, 3_000] as const
const PAUSE_MS = [500, 9_000] as const
const SILENT_MS = [2_000, 14_000] as const
/** Longer than anything on the topics is needed, by what a paused process may be late. */
const KEPT_MS = BASE_AGE_MS + 12_000
const CUT_MS = [500, 10_000] as const
const OUTAGES = 0.1
const SWIZZLES = 0.25
const ORDERLY = 0.4
const ROLLOUT_MS = 4_000
const GRACE_MS = 1_000
const TAIL_MAX = 6
const RECREATED = 0.3
const RECORDS_MAX = 1_000_000

/** Whatever befalls more than one call: deaths, pauses, closed ways, lost data, clocks. */
export function startDisasters(world: World): void {
  const { kernel, mix, faults, hosts } = world
  const random = kernel.random('disasters')
  const isOver = (): boolean => faults.isOver
  const running = (): readonly Host[] => hosts.filter((host) => host.running !== undefined)
  const every = (meanMs: number, name: string, strike: () => void): void =>
    kernel.every(
      meanMs,
      random,
      () => {
        faults.count(name)
        strike()
      },
      isOver,
    )
  every(mix.crashEveryMs, 'kill', () => {
    const [process] = running().length === 0 ? [] : [random.pick(running()).running]
    const isOrderly = random.chance(ORDERLY)
    process?.tell(isOrderly ? 'is asked to end' : 'is killed')
    if (isOrderly) process?.retire(GRACE_MS)
    else process?.kill()
  })
  every(mix.pauseEveryMs, 'pause', () => {
    const ms = random.between(...PAUSE_MS)
    const [process] = running().length === 0 ? [] : [random.pick(running()).running]
    process?.tell(`stands still for ${ms} ms`)
    process?.pause(ms)
  })
  every(mix.cutEveryMs, 'cut', () => cutWays(world))
  every(mix.rolloutEveryMs, 'rollout', () => rollOut(world))
  every(mix.silenceEveryMs, 'silence', () => {
    const ms = random.between(...SILENT_MS)
    const source = random.pick(world.sources)
    source.tell(`falls silent for ${ms} ms`)
    source.pause(ms)
  })
  every(mix.retentionEveryMs, 'retention', () => void forget(world))
  every(mix.clockStepEveryMs, 'clock step', () => setClock(world, random.pick(hosts)))
  keepRestoring(world, every)
  every(mix.strangerEveryMs, 'stranger', () => void meddle(world))
  every(mix.changeLossEveryMs, 'changes lost', () => void loseChanges(world))
  every(mix.tailLossEveryMs, 'tail lost', () => void loseTail(world))
}

/** The next policy version: gateways and authorities are started again with it, one by one. */
function rollOut({ kernel, policy, hosts }: World): void {
  if (policy.version === VERSIONS_MAX) return
  policy.version += 1
  kernel.tell('DEPLOYMENT', `rolls out policy version ${policy.version}`)
  const random = kernel.random(`rollout ${policy.version}`)
  for (const host of hosts)
    if (/^(gateway|authority)/.test(host.name))
      kernel.after(random.between(0, ROLLOUT_MS), () => host.running?.retire(GRACE_MS))
}

/** A clock stands anywhere within half of the allowed skew of the true time. */
export function setClock(
  { kernel, mix }: World,
  { name, wall }: Pick<Host, 'name' | 'wall'>,
): void {
  const half = Math.floor(mix.skewMs / 2)
  if (half === 0) return
  wall.offsetMs = kernel.random(`clock ${name} ${kernel.nowMs}`).between(-half, half)
  kernel.tell(name, `has its clock at ${wall.offsetMs} ms`)
}

/** Whoever dies is started again after a while; after the faults, soon. */
export function restart(world: World, host: Host): void {
  const { kernel, faults } = world
  const random = kernel.random(`restart ${host.name} ${kernel.nowMs}`)
  const afterMs = faults.isOver ? DOWN_MS[0] : random.between(...DOWN_MS)
  kernel.after(afterMs, () => host.start())
}

/** One process, or several at once, whose ways open again one by one, in another order. */
function cutWays(world: World): void {
  const { kernel, hosts } = world
  const random = kernel.random(`cut ${kernel.nowMs}`)
  const several = hosts.filter(() => random.chance(0.5))
  for (const host of random.chance(OUTAGES)
    ? hosts
    : random.chance(SWIZZLES)
      ? several
      : [random.pick(hosts)])
    cutOff(world, host, random)
}

function cutOff({ kernel, cut }: World, { name }: Host, random: Random): void {
  const service = random.pick(['database', 'broker'] as const)
  const ways = random.pick([['there'], ['back'], ['there', 'back']] as const)
  const ms = random.between(...CUT_MS)
  kernel.tell(name, `is cut off from the ${service} (${ways.join(', ')}) for ${ms} ms`)
  for (const way of ways) cut[way].set(`${name} ${service}`, kernel.nowMs + ms)
}

function keepRestoring(
  { kernel, mix, database }: World,
  every: (meanMs: number, name: string, strike: () => void) => void,
): void {
  const random = kernel.random('restores')
  const backups = [{ atMs: kernel.nowMs, restore: database.backup() }]
  every(mix.backupEveryMs, 'backup', () => {
    backups.push({ atMs: kernel.nowMs, restore: database.backup() })
    if (backups.length > BACKUPS_MAX) backups.shift()
  })
  every(mix.restoreEveryMs, 'restore', () => {
    const { atMs, restore } = random.pick(backups)
    kernel.tell('DATABASE', `goes back to its copy of ${atMs}`)
    void restore()
  })
}

async function loseTail(world: World): Promise<void> {
  const random = world.kernel.random(`tail ${world.kernel.nowMs}`)
  await lose(world, REVOCATIONS_TOPIC, random.pick(PARTITIONS), random.between(1, TAIL_MAX))
}

async function forget({ kernel, log }: World): Promise<void> {
  const beforeMs = EPOCH_MS + kernel.nowMs - KEPT_MS
  for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC])
    for (const { partition, earliest } of await log.bounds(topic)) {
      const old = await log.read(topic, partition, earliest, RECORDS_MAX)
      const kept = old.find(({ appendedAtMs }) => appendedAtMs >= beforeMs)
      if (kept !== undefined) log.dropBefore(topic, partition, kept.offset)
    }
}

/** A tail of one partition; or the topic is made anew, and counts from 0 again. */
async function loseChanges(world: World): Promise<void> {
  const { kernel, log } = world
  const random = kernel.random(`changes ${kernel.nowMs}`)
  if (!random.chance(RECREATED))
    return lose(world, CHANGES_TOPIC, random.pick(PARTITIONS), random.between(1, TAIL_MAX))
  for (const partition of PARTITIONS) await noteLost(world, CHANGES_TOPIC, partition, 0n)
  kernel.tell('BROKER', `loses all of ${CHANGES_TOPIC}`)
  log.recreate(CHANGES_TOPIC)
}

async function lose(
  world: World,
  topic: string,
  partition: number,
  records: number,
): Promise<void> {
  const { kernel, log } = world
  const bounds = (await log.bounds(topic))[partition]
  if (bounds === undefined) return
  const to = bounds.end - BigInt(records)
  const offset = to < bounds.earliest ? bounds.earliest : to
  await noteLost(world, topic, partition, offset)
  kernel.tell('BROKER', `loses ${topic}/${partition} from ${offset}`)
  log.truncate(topic, partition, offset)
}

async function noteLost(
  { log, lost }: World,
  topic: string,
  partition: number,
  offset: bigint,
): Promise<void> {
  if (topic !== CHANGES_TOPIC) return
  for (const { headers } of await log.read(topic, partition, offset, RECORDS_MAX)) {
    const id = headers['ce_id']
    if (id !== undefined) lost.add(Buffer.from(id).toString())
  }
}
