import type { Random } from '../random.ts'
import type { Host } from '../kernel/process.ts'
import { runAhead } from './clocks-ahead.ts'
import { VERSIONS_MAX } from './deployment.ts'
import { turnKey } from './key-turns.ts'
import { lagBehind } from './lagging-end.ts'
import { forget, loseChanges, loseTail, loseUnrecorded } from './losses.ts'
import { cutWays, runFull } from './outages.ts'
import { failOver } from './postgres-floors.ts'
import { rewind } from './rewind.ts'
import { meddle } from './stranger.ts'
import { claimsOf, LIARS, publishPolicy, type World } from './world.ts'

const BACKUPS_MAX = 3
const DOWN_MS = [100, 3_000] as const
const PAUSE_MS = [500, 9_000] as const
const SILENT_MS = [2_000, 14_000] as const
const RELAPSE_MAX = 15
const ORDERLY = 0.4
const ROLLOUT_MS = 4_000
const GRACE_MS = 1_000

/** Every fault that concerns more than one call: deaths, pauses, cuts, lost data, clocks. */
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
        if (faults.strike(name)) strike()
      },
      isOver,
    )
  every(mix.crashEveryMs, 'kill', () => {
    const [process] = running().length === 0 ? [] : [random.pick(running()).running]
    const isOrderly = random.chance(ORDERLY)
    process?.log(isOrderly ? 'is asked to end' : 'is killed')
    if (isOrderly) process?.retire(GRACE_MS)
    else process?.kill()
  })
  every(mix.pauseEveryMs, 'pause', () => {
    const ms = random.between(...PAUSE_MS)
    const [process] = running().length === 0 ? [] : [random.pick(running()).running]
    process?.log(`stands still for ${ms} ms`)
    process?.pause(ms)
  })
  every(mix.cutEveryMs, 'cut', () => cutWays(world))
  every(mix.rolloutEveryMs, 'rollout', () => rollOut(world))
  every(mix.silenceEveryMs, 'silence', () => {
    const ms = random.between(...SILENT_MS)
    const source = random.pick(world.sources)
    source.log(`falls silent for ${ms} ms`)
    source.pause(ms)
  })
  every(mix.retentionEveryMs, 'retention', () => void forget(world))
  every(mix.clockStepEveryMs, 'clock step', () => setClock(world, random.pick(hosts)))
  every(mix.wrongMs > 0 ? mix.clockStepEveryMs : 0, 'wrong clock', () => setWrong(world, random))
  every(mix.failoverEveryMs, 'failover', () => void failOver(world))
  every(mix.aheadEveryMs, 'clock ahead', () => runAhead(world))
  every(mix.fullEveryMs, 'full', () => runFull(world, random))
  every(mix.keyEveryMs, 'key', () => turnKey(world, random))
  every(mix.relapseEveryMs, 'versions went back', () => {
    const journal = world.journals.find(({ source }) => source === LIARS[0])
    if (journal === undefined) return
    journal.versions = { ...journal.versions, back: BigInt(random.between(1, RELAPSE_MAX)) }
  })
  keepBackups(world, every)
  every(mix.strangerEveryMs, 'stranger', () => void meddle(world))
  every(mix.changeLossEveryMs, 'changes lost', () => void loseChanges(world))
  every(mix.unrecordedLossEveryMs, 'unrecorded changes lost', () => void loseUnrecorded(world))
  every(mix.tailLossEveryMs, 'tail lost', () => void loseTail(world))
  every(mix.lagEveryMs, 'end lags', () => void lagBehind(world))
}

/** Deploys the next policy version: gateways and authorities restart with it, one by one. */
function rollOut(world: World): void {
  const { kernel, policy, hosts } = world
  if (policy.version === VERSIONS_MAX) return
  const before = world.journals.map(({ source }) => [source, claimsOf(world, source)] as const)
  policy.version += 1
  void publishPolicy(world)
  kernel.log('DEPLOYMENT', `rolls out policy version ${policy.version}`)
  for (const [from, claims] of before)
    for (const claim of claims)
      if (!claimsOf(world, from).includes(claim)) {
        world.faults.count('claim moved')
        world.handovers.push({ claim, from, atMs: kernel.nowMs, pv: policy.version })
      }
  const random = kernel.random(`rollout ${policy.version}`)
  for (const host of hosts)
    if (/^(gateway|authority)/.test(host.name))
      kernel.after(random.between(0, ROLLOUT_MS), () => host.running?.retire(GRACE_MS))
}

/** Sets a clock to any time within half of the allowed skew of the true time. */
export function setClock(
  { kernel, mix }: World,
  { name, wall }: Pick<Host, 'name' | 'wall'>,
): void {
  const half = Math.floor(mix.skewMs / 2)
  if (half === 0) return
  wall.offsetMs = kernel.random(`clock ${name} ${kernel.nowMs}`).between(-half, half)
  kernel.log(name, `has its clock at ${wall.offsetMs} ms`)
}

/** Edges and authorities can have any time at all: a wrong clock must make them accept less, never more. */
function setWrong({ kernel, mix, hosts }: World, random: Random): void {
  const { name, wall } = random.pick(hosts.filter((host) => /^(edge|authority)/.test(host.name)))
  wall.offsetMs = random.between(-mix.wrongMs, mix.wrongMs)
  kernel.log(name, `has its clock at ${wall.offsetMs} ms`)
}

/** Starts a dead process again after a while; after the faults, soon. */
export function restart(world: World, host: Host): void {
  const { kernel, faults } = world
  const random = kernel.random(`restart ${host.name} ${kernel.nowMs}`)
  const afterMs = faults.isOver ? DOWN_MS[0] : random.between(...DOWN_MS)
  kernel.after(afterMs, () => host.start())
}

/** Copies of the database, and the two events in which it goes back to one. */
function keepBackups(
  world: World,
  every: (meanMs: number, name: string, strike: () => void) => void,
): void {
  const { kernel, mix, database } = world
  const random = kernel.random('restores')
  const backups = [{ atMs: kernel.nowMs, restore: database.backup() }]
  const goBack = async (): Promise<void> => {
    const { atMs, restore } = random.pick(backups)
    kernel.log('DATABASE', `goes back to its copy of ${atMs}`)
    await restore()
  }
  every(mix.backupEveryMs, 'backup', () => {
    backups.push({ atMs: kernel.nowMs, restore: database.backup() })
    if (backups.length > BACKUPS_MAX) backups.shift()
  })
  every(mix.restoreEveryMs, 'restore', () => void goBack())
  every(mix.rewindEveryMs, 'rewind', () => void rewind(world, goBack))
}
