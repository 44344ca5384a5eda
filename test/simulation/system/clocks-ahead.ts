import type { WallClock } from '../kernel/process.ts'
import type { World } from './world.ts'

const AHEAD_MS = [3_000, 1_800_000] as const
const LASTS_MS = [1_000, 4_000] as const
/** The gateways of the source are ahead, too: they run on the same host. */
const BOTH = 0.5

/** A clock is ahead, until a person notices it: that of a source, and perhaps those of the gateways. */
export function runAhead(world: World): void {
  const { kernel, hosts, walls } = world
  const random = kernel.random(`ahead ${kernel.nowMs}`)
  const name = random.pick([...walls.keys()])
  const isBoth = random.chance(BOTH)
  const gateways = hosts.flatMap(({ name: host, wall }) => (host.startsWith('gateway') ? wall : []))
  const own = walls.get(name)
  const all: readonly WallClock[] = [
    ...(own === undefined ? [] : [own]),
    ...(isBoth ? gateways : []),
  ]
  const ms = random.between(...AHEAD_MS)
  for (const wall of all) wall.offsetMs = ms
  kernel.log(name, `has its clock at ${ms} ms${isBoth ? ', and so have the gateways' : ''}`)
  kernel.after(random.between(...LASTS_MS), () => {
    for (const wall of all) wall.offsetMs = 0
    kernel.log(name, 'has its clock right again')
  })
}
