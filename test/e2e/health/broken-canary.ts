import { isMap, type Document } from 'yaml'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { until } from '../../../packages/cli/src/demo/until.ts'
import type { TestStack } from '../test-stack.ts'
import { PROBE_FAULTS, PROBE_FAULTS_END } from './probe-faults.ts'
import { openProxy, type GatewayAnswer, type OnCheck, type ProbeTarget } from './probe-target.ts'
import { databaseOf, hung, locked, type Plant } from './plants.ts'
import type { Shown, Surfaces } from './surfaces.ts'
import type { ShownCause } from './verdict.ts'

/** The steps at which a probe breaks, in an order in which the noisy ones come last. Each has a claim of its own. */
const BROKEN_STEPS = [
  'grant',
  'mint',
  'allowed',
  'accept',
  'denied',
  'record',
  'apply',
  'publish',
] as const

type Step = (typeof BROKEN_STEPS)[number]

const EDGES = ['sidecar', 'sidecar:2'] as const
/** The last edge that a probe asks before it removes its value. */
const LAST = 'sidecar:2'
/** A probe waits 5 s for the answer of an edge. */
const ALLOWS_WITHIN_MS = 3_000
const PROBED_WITHIN_MS = 60_000

/** The answer of a proxy that lost its edge: a probe waits 5 s for it. */
const hanging = new Promise<never>(() => {})

/** Gives the registry of a stack one probed claim for each step, in place of its own. */
export function probedBySteps(registry: Document): void {
  const claim = registry.getIn(['claims', 'probe'])
  if (!isMap(claim)) throw new Error('The registry has no claim of probes.')
  const names = BROKEN_STEPS.map(claimOf)
  for (const name of names) registry.setIn(['claims', name], claim.clone())
  for (const name of ['probe', 'probe-grow']) registry.deleteIn(['claims', name])
  const routes = names.map((name) => [`GET /${name}`, { require: { [name]: ['granted'] } }])
  const audience = { claims: names, ttl: '1m', routes: Object.fromEntries(routes) as object }
  registry.setIn(['audiences', PROBE_NAME], registry.createNode(audience))
}

/** Returns the claim whose probe breaks at a step. */
function claimOf(step: Step): string {
  return `probe-${step}`
}

/** The steps, each with the cause that names it. */
const STEPS = BROKEN_STEPS.map((step) => {
  const what = `The last probe of ${claimOf(step)} broke at the step ${step}`
  return { step, isMeant: (cause: ShownCause) => cause.what.startsWith(what) }
})

/** Proxies between the probes and their edges, and the faults that break a probe at each step. */
export interface BrokenCanary extends AsyncDisposable {
  /** The variable that puts the proxies into the way. */
  readonly probeEdges: string
  readonly plant: Plant
  readonly steps: typeof STEPS
  /** True if each step has a cause that names it. */
  readonly isShownBy: (shown: Shown) => boolean
}

/** Opens the proxies; they pass everything on until the faults are planted. */
export async function brokenCanary(stack: TestStack, surfaces: Surfaces): Promise<BrokenCanary> {
  const faults = new ProbeFaults(stack, surfaces)
  const targets = await Promise.all(
    EDGES.map(
      async (edge) => [edge, await openProxy(edge, stack.at[edge], faults.onCheck)] as const,
    ),
  )
  return {
    probeEdges: targets
      .map(([edge, { url }]: readonly [string, ProbeTarget]) => `${edge}=${url}`)
      .join(),
    plant: () => faults.plant(),
    steps: STEPS,
    isShownBy: ({ status: { causes } }) => STEPS.every(({ isMeant }) => causes.some(isMeant)),
    async [Symbol.asyncDispose]() {
      for (const [, target] of targets) await target[Symbol.asyncDispose]()
    },
  }
}

class ProbeFaults {
  readonly #stack: TestStack
  readonly #surfaces: Surfaces
  /** Faults of a moment: they begin once every edge allowed the token, and last until the probe has ended. */
  readonly #momentary: Readonly<Partial<Record<string, Plant>>>
  readonly #ends = new Set<Promise<unknown>>()
  readonly #questions = new Set<string>()
  readonly #cached = new Map<string, GatewayAnswer>()
  #isPlanted = false

  constructor(stack: TestStack, surfaces: Surfaces) {
    this.#stack = stack
    this.#surfaces = surfaces
    this.#momentary = {
      [claimOf('record')]: locked(stack, 'progress WHERE partition > 0'),
      [claimOf('publish')]: locked(stack, 'publisher WHERE partition > 0'),
      [claimOf('apply')]: hung(stack, LAST),
    }
  }

  async plant(): Promise<() => unknown> {
    await this.#run(PROBE_FAULTS)
    this.#isPlanted = true
    return async () => {
      this.#isPlanted = false
      await Promise.all(this.#ends)
      await this.#run(PROBE_FAULTS_END)
    }
  }

  readonly onCheck: OnCheck = async ({ target, claim, token }, pass) => {
    const isFirst = !this.#questions.has(target + token)
    this.#questions.add(target + token)
    if (!this.#isPlanted) return pass()
    if (target === LAST && claim === claimOf('allowed')) return hanging
    // A cache in front of the edge goes on with the answer of before.
    const cached =
      target === LAST && claim === claimOf('denied') ? this.#cached.get(token) : undefined
    if (cached !== undefined || !isFirst) return cached ?? pass()
    const { value: allowed } = await until('the edge allows', ALLOWS_WITHIN_MS, () =>
      allowing(pass),
    )
    if (target !== LAST) return allowed
    this.#cached.set(token, allowed)
    await this.#plantWhileProbed(claim)
    return allowed
  }

  async #plantWhileProbed(claim: string): Promise<void> {
    const plant = this.#momentary[claim]
    if (plant === undefined) return
    const before = await this.#lastOf(claim)
    const end = await plant()
    const isOver = until('the probe ends', PROBED_WITHIN_MS, async () =>
      (await this.#lastOf(claim)) === before ? undefined : true,
    )
    const ended = isOver.then(end, end).finally(() => this.#ends.delete(ended))
    this.#ends.add(ended)
  }

  async #lastOf(claim: string): Promise<string> {
    const { probes } = JSON.parse(await this.#surfaces.ask('/v1/status')) as {
      readonly probes: readonly { readonly claim: string; readonly at: string }[] | null
    }
    return probes?.find((probe) => probe.claim === claim)?.at ?? ''
  }

  async #run(text: string): Promise<void> {
    await using db = databaseOf(this.#stack)
    await db.pool.query(text)
  }
}

async function allowing(pass: () => Promise<GatewayAnswer>): Promise<GatewayAnswer | undefined> {
  const answer = await pass()
  const { decision } = JSON.parse(answer.body) as { readonly decision?: string }
  return decision === 'allow' ? answer : undefined
}
