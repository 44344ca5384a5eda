import { setTimeout as wait } from 'node:timers/promises'
import type { FailoverWorld } from './world.ts'

/** Kafka takes a broker for dead after 3 s here. Two deaths are so far apart that the first is settled. */
const APART_MS = 12_000
/** Longer than any lease of the sources, so that every edge has stopped to rely on its state. */
const OUTAGE_MS = 8_000
const NODES = [1, 2, 3]

/** A fault of one part. */
export interface Fault {
  readonly name: string
  /** Resolves when nothing prevents a recovery any more. */
  strike(world: FailoverWorld): Promise<void>
  /** Restores the parts that the recovery did not need. */
  mend(world: FailoverWorld): Promise<void>
}

async function kill(world: FailoverWorld, id: number, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await world.cluster.node(id).end(how)
  world.ended.add(id)
}

async function revive(
  world: FailoverWorld,
  ids: Iterable<number> = [...world.ended],
): Promise<void> {
  for (const id of ids) {
    await world.cluster.node(id).start()
    world.ended.delete(id)
  }
}

async function mend(world: FailoverWorld): Promise<void> {
  await revive(world)
  await world.untilInSync()
}

const others = (than: number): readonly [number, number] => {
  const [one = 0, other = 0] = NODES.filter((id) => id !== than)
  return [one, other]
}

/** The short form has the first fault; the long form has all. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'the leader of the control partition is killed',
    strike: async (world) => kill(world, await world.leader(), 'SIGKILL'),
    mend,
  },
  {
    name: 'the leader of the controllers is killed',
    strike: async (world) => kill(world, await world.controller(), 'SIGKILL'),
    mend,
  },
  {
    name: 'the leader of the control partition is paused until another leads',
    async strike(world) {
      const leader = await world.leader()
      world.cluster.node(leader).signal('SIGSTOP')
      await world.untilMoved(leader).finally(() => world.cluster.node(leader).signal('SIGCONT'))
    },
    mend,
  },
  {
    name: 'fewer brokers are in sync than a record needs',
    async strike(world) {
      const [one, other] = others(await world.leader())
      await kill(world, one, 'SIGTERM')
      await kill(world, other, 'SIGTERM')
      await wait(OUTAGE_MS)
      await revive(world, [one])
    },
    mend,
  },
  {
    name: 'two brokers are killed, 12 s apart',
    async strike(world) {
      const first = await world.leader()
      await kill(world, first, 'SIGKILL')
      await wait(APART_MS)
      await kill(world, await world.leader(), 'SIGKILL')
      await wait(OUTAGE_MS)
      await revive(world, [first])
    },
    mend,
  },
  {
    name: 'each broker is restarted in turn',
    async strike(world) {
      for (const id of NODES) {
        await world.cluster.node(id).restart('SIGTERM')
        await world.untilInSync()
      }
    },
    mend,
  },
  {
    name: 'Postgres is restarted',
    strike: (world) => world.postgres.restart('SIGINT'),
    mend,
  },
  {
    name: 'Postgres is killed, and a broker with it',
    async strike(world) {
      await Promise.all([
        world.postgres.restart('SIGQUIT'),
        kill(world, await world.leader(), 'SIGKILL'),
      ])
    },
    mend,
  },
]
