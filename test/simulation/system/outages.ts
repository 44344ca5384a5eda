import type { Host } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import type { World } from './world.ts'

const CUT_MS = [500, 10_000] as const
const FULL_MS = [500, 9_000] as const
const OUTAGES = 0.1
const SWIZZLES = 0.25
/** Connections are cut one by one within this time. */
const SWIZZLE_MS = 3_000

/** Reads are answered; writes are refused. */
export function runFull({ kernel, full, faults }: World, random: Random): void {
  const service = random.pick(['database', 'broker'] as const)
  const ms = random.between(...FULL_MS)
  faults.count(`${service} full`)
  kernel.log(service.toUpperCase(), `is full for ${ms} ms`)
  full.set(service, kernel.nowMs + ms)
}

/** Cuts one process; all at once; or several one by one, whose connections return in another order. */
export function cutWays(world: World): void {
  const { kernel, hosts, faults } = world
  const random = kernel.random(`cut ${kernel.nowMs}`)
  if (random.chance(OUTAGES)) {
    for (const host of hosts) cutOff(world, host, random)
  } else if (random.chance(SWIZZLES)) {
    faults.count('swizzle')
    for (const host of hosts.filter(() => random.chance(0.5)))
      kernel.after(random.below(SWIZZLE_MS), () => faults.isOver || cutOff(world, host, random))
  } else cutOff(world, random.pick(hosts), random)
}

function cutOff({ kernel, cut, faults }: World, { name }: Host, random: Random): void {
  const service = random.pick(['database', 'broker'] as const)
  const ways = random.pick([['there'], ['back'], ['there', 'back']] as const)
  const ms = random.between(...CUT_MS)
  if (ways.length === 1) faults.count('cut one way')
  kernel.log(name, `is cut off from the ${service} (${ways.join(', ')}) for ${ms} ms`)
  for (const way of ways) cut[way].set(`${name} ${service}`, kernel.nowMs + ms)
}
