import { REVOCATIONS_TOPIC } from '@freshet/events'
import { PARTITIONS } from '@freshet/domain'
import type { Host } from '../kernel/process.ts'
import type { World } from './world.ts'

const BACKUPS_MAX = 3
const DOWN_MS = [100, 3_000] as const
const PAUSE_MS = [500, 9_000] as const
const CUT_MS = [500, 12_000] as const
const TAIL_MAX = 6

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
    process?.tell('is killed')
    process?.kill()
  })
  every(mix.pauseEveryMs, 'pause', () => {
    const ms = random.between(...PAUSE_MS)
    const [process] = running().length === 0 ? [] : [random.pick(running()).running]
    process?.tell(`stands still for ${ms} ms`)
    process?.pause(ms)
  })
  every(mix.cutEveryMs, 'cut', () => cutWays(world))
  every(mix.clockStepEveryMs, 'clock step', () => setClock(world, random.pick(hosts)))
  keepRestoring(world, every)
  every(mix.tailLossEveryMs, 'tail lost', () => void loseTail(world))
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

function cutWays({ kernel, cut, hosts }: World): void {
  const random = kernel.random(`cut ${kernel.nowMs}`)
  const { name } = random.pick(hosts)
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

async function loseTail({ kernel, log }: World): Promise<void> {
  const random = kernel.random(`tail ${kernel.nowMs}`)
  const partition = random.pick(PARTITIONS)
  const bounds = (await log.bounds(REVOCATIONS_TOPIC))[partition]
  if (bounds === undefined) return
  const to = bounds.end - BigInt(random.between(1, TAIL_MAX))
  const offset = to < bounds.earliest ? bounds.earliest : to
  kernel.tell('BROKER', `loses ${REVOCATIONS_TOPIC}/${partition} from ${offset}`)
  log.truncate(REVOCATIONS_TOPIC, partition, offset)
}
