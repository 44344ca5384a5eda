import { FreshetError } from '@freshet/protocol'
import type { LogWriter, OutgoingRecord } from '@freshet/wire'
import { createIntake, LEFTOVER_INTERVAL_MS, type StampStore } from '@freshet/intake'
import { memoryStampStore } from '@freshet/memory'
import { TEST_MAC_KEY } from '@freshet/testkit'
import { weakenedStore } from './weakened-store.ts'
import { ACTIVE_HASH, REGISTRY } from './registry.ts'
import { FAULTS, FAULTS_MS } from './rules.ts'
import { cross, explain, note, strikes, type GatewayWorld, type Life } from './world.ts'

/** Starts a gateway, and starts it again after each crash. */
export function startGateway(world: GatewayWorld, name: string): void {
  const restart = (): void => {
    const afterMs = world.random.faults.between(200, 1_500)
    world.schedule.after(afterMs, () => startGateway(world, name))
  }
  const life: Life = { name, isOver: false, onEnd: restart }
  const store = weakenedStore(world, life, memoryStampStore(world.database, world.timer))
  const intake = createIntake({
    registry: REGISTRY,
    store: steppedStore(world, life, store),
    writer: steppedWriter(world, life),
    macKey: () => TEST_MAC_KEY,
    timer: world.timer,
  })
  world.gateways.set(name, { life, intake })
  void keepSweeping()
  void announce()

  async function keepSweeping(): Promise<void> {
    while (!life.isOver) {
      await world.timer.sleep(LEFTOVER_INTERVAL_MS)
      if (life.isOver || world.rules.sweeper === 'never') continue
      const errors = await intake.produceLeftovers().catch((error: unknown) => [error])
      for (const error of errors) explain(world, error)
    }
  }

  async function announce(): Promise<void> {
    for (let isDone = false; !isDone && !life.isOver;) {
      try {
        await intake.activateRegistry({ hash: ACTIVE_HASH })
        isDone = true
      } catch (error) {
        explain(world, error)
        await world.timer.sleep(500)
      }
    }
  }
}

/**
 * A call from outside of the process. The process can crash before it, after it, and between effect and
 * answer.
 */
async function call<T>(
  world: GatewayWorld,
  life: Life,
  point: string,
  effect: () => Promise<T>,
): Promise<T> {
  await cross(world, life, `before ${point}`)
  if (strikes(world, FAULTS.unknown)) {
    note(world, `unknown ${point}`)
    if (world.random.faults.chance(0.5)) await effect()
    throw new FreshetError('database.unavailable', 'The outcome is unknown.')
  }
  const result = await effect()
  await cross(world, life, `after ${point}`)
  return result
}

function steppedStore(world: GatewayWorld, life: Life, store: StampStore): StampStore {
  const stepped = <T>(point: string, effect: () => Promise<T>): Promise<T> =>
    call(world, life, point, effect)
  return {
    inFeed: (feed, work) => stepped('inFeed', () => store.inFeed(feed, work)),
    tallyFree: (...args) => stepped('tallyFree', () => store.tallyFree(...args)),
    find: (feed, ids) => stepped('find', () => store.find(feed, ids)),
    unacknowledged: (...args) => stepped('unacknowledged', () => store.unacknowledged(...args)),
    acknowledge: (at, landed) => stepped('acknowledge', () => store.acknowledge(at, landed)),
    leftovers: (age, limit) => stepped('leftovers', () => store.leftovers(age, limit)),
    newestPolicyVersion: () => stepped('policy', () => store.newestPolicyVersion()),
    status: (feed) => stepped('status', () => store.status(feed, 0)),
  }
}

function steppedWriter(world: GatewayWorld, life: Life): LogWriter {
  return {
    async append(_topic, partition, records) {
      await cross(world, life, 'before append')
      if (strikes(world, FAULTS.unknown)) throw appendUnknown(world, partition, records)
      const baseOffset = world.log.append(partition, records)
      await cross(world, life, 'after append')
      return { baseOffset, appendedAtMs: world.timer.nowMs() }
    },
  }
}

/** The broker did not answer: nothing landed, or it did, or it will. */
function appendUnknown(
  world: GatewayWorld,
  partition: number,
  records: readonly OutgoingRecord[],
): FreshetError {
  const { faults } = world.random
  const fate = faults.chance(FAULTS.late) ? 'late' : faults.pick(['lost', 'landed'])
  note(world, `append ${fate}`)
  if (fate === 'landed') world.log.append(partition, records)
  if (fate === 'late') {
    const untilEndMs = Math.max(1, FAULTS_MS - world.schedule.nowMs)
    const afterMs = Math.min(untilEndMs, faults.between(...FAULTS.lateMs))
    world.schedule.after(afterMs, () => void world.log.append(partition, records))
  }
  return new FreshetError('broker.unavailable', `The append is ${fate}.`)
}
