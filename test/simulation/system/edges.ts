import { createEdge, type EdgeOptions } from '@freshet/edge'
import type { Process } from '../kernel/process.ts'
import { remoteReader, remoteWriter } from '../kernel/remote-log.ts'
import * as deployment from './deployment.ts'
import { linkOf, type World } from './world.ts'
import { watch } from './watch.ts'

/** The product's edge. */
export function startEdge(world: World, process: Process): void {
  const { kernel, log } = world
  const broker = linkOf(world, process, 'broker')
  const random = kernel.random(`${process.name} ${kernel.nowMs}`)
  const reader = remoteReader(log, broker, random)
  const options: EdgeOptions = {
    issuer: deployment.ISSUER,
    audience: deployment.AUDIENCE.name,
    revocations: {
      reader,
      reports: remoteWriter(log, broker),
    },
    edgeId: process.name,
    keys: deployment.EDGE_KEYS,
    tokenLifeMaxMs: deployment.TOKEN_LIFE_MS,
    timer: process.timer,
    seed: [random.below(2 ** 32), random.below(2 ** 32)],
    random: () => random.below(1_000) / 1_000,
  }
  const started = createEdge(options)
  watch(
    world,
    process,
    started.then((edge) => {
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
