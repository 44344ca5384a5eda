import { createEdge, type EdgeOptions, type KeySets } from '@freshet/edge'
import type { Process } from '../kernel/process.ts'
import { remoteReader, remoteWriter } from '../kernel/remote-log.ts'
import * as deployment from './deployment.ts'
import { publishedOf } from './keys.ts'
import { notedFollow } from './marks.ts'
import { linkOf, type World } from './world.ts'
import { watch } from './watch.ts'

/**
 * More allows than a run's edge has while a change is on its way. Room for the product's 65,536 would cost
 * time for nothing.
 */
const ALLOWS_MAX = 2_048

/** The product's edge. */
export function startEdge(world: World, process: Process): void {
  const { kernel, log } = world
  const broker = linkOf(world, process, 'broker')
  const random = kernel.random(`${process.name} ${kernel.nowMs}`)
  const followed = notedFollow(remoteReader(log, broker, random), world.note)
  const reader = world.guards.edgeReader?.(followed) ?? followed
  world.edgeStarts.set(process.name, new Map(world.written))
  const options: EdgeOptions = {
    issuer: deployment.ISSUER,
    audience: deployment.AUDIENCE.name,
    revocations: {
      reader,
      reports: remoteWriter(log, broker),
    },
    edgeId: process.name,
    keys: keySets(world),
    tokenLifeMaxMs: deployment.TOKEN_LIFE_MS,
    limits: { allows: ALLOWS_MAX },
    timer: process.timer,
    seed: [random.below(2 ** 32), random.below(2 ** 32)],
    random: () => random.below(1_000) / 1_000,
  }
  const started = createEdge(options)
  watch(
    world,
    process,
    started.then((edge) => {
      kernel.onEnd(() => void edge.close())
      if (!process.isDead) world.edges.set(process.name, edge)
    }),
  )
  process.signal.addEventListener('abort', () => {
    const edge = world.edges.get(process.name)
    world.edges.delete(process.name)
    if (edge !== undefined) watch(world, process, edge.close())
  })
  process.onDeath(() => world.edges.delete(process.name))
}

/** The result of discovery: the keys that are published at the time of reading. */
function keySets(world: World): KeySets {
  const tokens = publishedOf(() => world.keys.tokens, world.kernel)
  const checkpoints = publishedOf(() => world.keys.checkpoints, world.kernel)
  return {
    get tokens() {
      return tokens()
    },
    get checkpoints() {
      return checkpoints()
    },
  }
}
