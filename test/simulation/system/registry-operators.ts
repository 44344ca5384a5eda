import { FreshetError } from '@freshet/protocol'
import { memoryVersionStore } from '@freshet/memory'
import { planActivation } from '@freshet/registry'
import { EPOCH_MS } from '../kernel/kernel.ts'
import type { Policy } from './deployment.ts'
import { comesBack, operate, OPERATIONS, type Operated } from './registry-operations.ts'
import { FIRST_STATE, PROVIDERS, type RegistryState } from './registry-state.ts'
import { versionOf } from './registry-versions.ts'
import type { World } from './world.ts'

const ROLLOUT_MS = 1_500
const GRACE_MS = 200
const STARTS_AFTER_MS = 300
const POLL_EVERY_MS = 100
const REPAIRS_EVERY_MS = 1_000
/** The share of versions whose minimum an admin raises without a need. */
const RAISED = 0.1
/** The chance that the version after one that took something away comes soon. */
const AGAIN_SOON = 0.7
const SOON_MS = [1_500, 4_000] as const
/** Sources that got something back from the last version have noticed it after so long. */
const NOTED_WITHIN_MS = 4_000
const CLOSING = 'the last version'
/** A version that is not in force after so long was lost with the topic. */
const LOST_AFTER_MS = 6_000

/** Admins publish and activate versions, each with the minimum that the product's plan demands. */
export function startRegistryOperators(world: World): void {
  const { kernel, mix, faults, registry: truth, policy, database, orders } = world
  const random = kernel.random('registry')
  const names = mix.operations.length === 0 ? Object.keys(OPERATIONS) : mix.operations
  let last: string | undefined
  let isBusy = false
  kernel.every(
    mix.registryEveryMs,
    random,
    () => void next(),
    () => faults.isOver,
  )
  kernel.every(POLL_EVERY_MS, kernel.random('versions in force'), poll, () => false)
  kernel.every(REPAIRS_EVERY_MS, kernel.random('versions kept'), repair, () => false)
  orders.add(CLOSING)
  kernel.after(mix.faultsMs, () => void close())

  async function next(): Promise<void> {
    const { state } = truth.inForce
    const operated = isReady() ? operate(state, { of: names, last }, random) : undefined
    if (operated === undefined || !faults.strike(operated.name)) return
    last = operated.name
    await activate(operated)
    if (!comesBack(operated.name) || !random.chance(AGAIN_SOON)) return
    kernel.after(random.between(...SOON_MS), () => faults.isOver || void next())
  }

  /** Everything comes back at last, so that each subject can be judged at rest. */
  async function close(sinceMs = kernel.nowMs): Promise<void> {
    const { state } = truth.versions.at(-1) ?? truth.inForce
    if (!isReady()) {
      // docs/recovery.md: a version whose activation was lost is published again under the next number.
      const isLost = mix.unrecordedLossEveryMs > 0 && kernel.nowMs - sinceMs > LOST_AFTER_MS
      if (isLost && !isBusy && isLoaded()) await activate({ name: 'minimum rises', state })
      const from = isLost ? kernel.nowMs : sinceMs
      return kernel.after(POLL_EVERY_MS, () => void close(from))
    }
    const claims = new Map([...FIRST_STATE.claims, ...state.claims])
    const whole = {
      ...state,
      claims,
      carried: FIRST_STATE.carried,
      hasAudience: true,
      providers: PROVIDERS,
      hasTenant: true,
    }
    const isWhole =
      state.hasTenant &&
      state.hasAudience &&
      state.providers.length === PROVIDERS.length &&
      state.carried.length === FIRST_STATE.carried.length
    if (!isWhole) await activate({ name: 'claim added', state: whole })
    await untilReady()
    kernel.after(NOTED_WITHIN_MS, () => orders.delete(CLOSING))
  }

  function isReady(): boolean {
    return !isBusy && truth.inForce.pv === policy.version && isLoaded()
  }

  function isLoaded(): boolean {
    return [...policy.loaded.values()].every((version) => version === policy.version)
  }

  function untilReady(): Promise<void> {
    return new Promise((resolve) => {
      const again = (): void => {
        if (isReady()) resolve()
        else kernel.after(POLL_EVERY_MS, again)
      }
      again()
    })
  }

  async function activate({ name, state }: Operated): Promise<void> {
    isBusy = true
    const pv = policy.version + 1
    const draft = versionOf(state, pv, 0)
    while (database.policyVersions.get(String(pv)) === undefined) {
      await publish(pv, draft)
      await new Promise<void>((resolve) => kernel.after(POLL_EVERY_MS, resolve))
    }
    const isRaised = name === 'minimum rises' || random.chance(RAISED)
    const planned = isRaised || (await demandsMinimum(pv)) ? pv : 0
    const minimum = world.guards.minimum?.(planned) ?? planned
    world.policies.push({ ...draft, minimum })
    truth.versions.push({ pv, state, minimum, orderedMs: kernel.nowMs })
    policy.version = pv
    kernel.log('ADMIN', `activates version ${pv} with minimum ${minimum}: ${name} ${textOf(state)}`)
    for (const host of world.hosts)
      if (/^(gateway|authority)/.test(host.name))
        kernel.after(random.between(0, ROLLOUT_MS), () => {
          host.running?.retire(GRACE_MS)
          kernel.after(STARTS_AFTER_MS, () => host.start())
        })
    isBusy = false
  }

  async function publish(pv: number, { hash, document }: Policy): Promise<void> {
    const by = { by: 'admin', atMs: EPOCH_MS + kernel.nowMs }
    await memoryVersionStore(database)
      .publish({ pv, hash, document, ...by })
      // The database can be full, and is asked again.
      .catch(() => undefined)
  }

  /** Returns whether the product's plan refuses an activation without a minimum. */
  async function demandsMinimum(pv: number): Promise<boolean> {
    const store = memoryVersionStore(database)
    const plan = planActivation(
      { pv, minimum: 0 },
      { store, newest: () => Promise.resolve(pv - 1) },
    )
    return plan.then(
      () => false,
      (error: unknown) => {
        if (error instanceof FreshetError && error.code === 'registry.tightens') return true
        throw error
      },
    )
  }

  function poll(): void {
    const passed = Math.min(...database.progress.values().map(({ activePv }) => activePv))
    if (Number.isFinite(passed)) truth.passed(passed, kernel.nowMs)
  }

  /** docs/recovery.md: versions that are newer than a backup are published again. */
  function repair(): void {
    if (mix.restoreEveryMs === 0) return
    for (const [at, version] of world.policies.entries()) {
      const pv = at + 1
      if (database.policyVersions.get(String(pv)) === undefined) void publish(pv, version)
    }
  }
}

function textOf(state: RegistryState): string {
  const { account, claims, carried, hasAudience, providers, hasTenant } = state
  const owned = [...claims].map(
    ([name, { source, witness, polarity }]) =>
      `${name} ${polarity}s by ${source}${witness === undefined ? '' : ` and ${witness}`}`,
  )
  return `(account ${account}; ${owned.join(', ')}; carried ${hasAudience ? carried.join('+') : 'by nothing'}; providers ${
    hasTenant ? providers.length : 'none, no tenant'
  })`
}
