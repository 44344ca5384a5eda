import { NOTHING_SPARED } from '../kernel/strikes.ts'
import { castOf, SECONDS, type Cast } from './cast.ts'
import { explore, type Plan, type Run } from './explore.ts'
import type { Mix } from './calm.ts'

/** Members of a mix that are durations, not faults. */
const TIMES = ['faultsMs', 'healMs', 'stallMs', 'backupEveryMs']
const FAULTS_MIN_MS = 2_000
/** The number of runs that a search makes at most. */
export const SHRINK_RUNS_MAX = 250

/** A smaller run that breaks the same invariant as another. */
export interface Shrunk {
  readonly run: Run
  readonly plan: Plan
  /** The remaining parts, for a reader. */
  readonly needs: readonly string[]
}

/**
 * Leaves out everything that the run does not need for the same invariant to break: kinds of faults, time,
 * single strikes, actors, subjects. Each concern draws from a generator of its own, so the rest mostly stays
 * as it was.
 */
export async function shrink(
  plan: Plan,
  broken: Run,
  runsMax: number = SHRINK_RUNS_MAX,
): Promise<Shrunk> {
  const search = new Search(plan, broken, runsMax)
  await withFewerKinds(search)
  await withLessTime(search)
  await withFewerActors(search)
  await withFewerSubjects(search)
  await withFirstStrikes(search)
  await withFewerStrikes(search)
  // A kind of fault whose strikes have all been left out since is not needed any more.
  await withFewerKinds(search)
  await withFewerActors(search)
  return { run: search.run, plan: search.plan, needs: needsOf(search) }
}

/** The least that is known to break the invariant, and the number of tries left. */
class Search {
  plan: Plan
  run: Run
  readonly #invariant: string | undefined
  #left: number

  constructor(plan: Plan, broken: Run, runsMax: number) {
    this.plan = plan
    this.run = broken
    this.#invariant = broken.violations[0]?.invariant
    this.#left = runsMax
  }

  /** Keeps the change if it breaks the same invariant. */
  async tries(change: Partial<Plan>): Promise<boolean> {
    if (this.#left === 0) return false
    this.#left -= 1
    const plan = { ...this.plan, ...change }
    const run = await explore(plan)
    if (run.violations[0]?.invariant !== this.#invariant) return false
    this.plan = plan
    this.run = run
    return true
  }
}

async function withFewerKinds(search: Search): Promise<void> {
  for (const kind of kindsOf(search.plan.mix))
    await search.tries({ mix: { ...search.plan.mix, [kind]: 0 } })
}

async function withLessTime(search: Search): Promise<void> {
  for (;;) {
    const { mix } = search.plan
    const faultsMs = Math.floor(mix.faultsMs / 2)
    if (faultsMs < FAULTS_MIN_MS || !(await search.tries({ mix: { ...mix, faultsMs } }))) return
  }
}

async function withFewerActors(search: Search): Promise<void> {
  for (const name of Object.keys(SECONDS)) {
    const cast = castIn(search.plan)
    if (!cast.without.has(name))
      await search.tries({ cast: { ...cast, without: new Set([...cast.without, name]) } })
  }
}

/** Leaves out the later half first, then one by one. */
async function withFewerSubjects(search: Search): Promise<void> {
  const subjects = (): readonly string[] => castIn(search.plan).subjects
  const triesThese = (some: readonly string[]): Promise<boolean> =>
    search.tries({ cast: { ...castIn(search.plan), subjects: some } })
  const half = Math.ceil(subjects().length / 2)
  if (!(await triesThese(subjects().slice(0, half)))) await triesThese(subjects().slice(half))
  for (const one of subjects())
    if (subjects().length > 1) await triesThese(subjects().filter((each) => each !== one))
}

/** Bisects for the number of a strike behind which none is needed. */
async function withFirstStrikes(search: Search): Promise<void> {
  let enough = (search.run.strikes.at(-1) ?? -1) + 1
  let tooFew = -1
  while (enough - tooFew > 1) {
    const from = Math.floor((enough + tooFew) / 2)
    const { spared = NOTHING_SPARED } = search.plan
    if (await search.tries({ spared: { ...spared, from } })) enough = from
    else tooFew = from
  }
}

/** Begins with the first strike: the events before a strike stay the same if that is left out. */
async function withFewerStrikes(search: Search): Promise<void> {
  let after = -1
  for (;;) {
    const number = search.run.strikes.find((each) => each > after)
    if (number === undefined) return
    const { spared = NOTHING_SPARED } = search.plan
    const numbers = new Set([...spared.numbers, number])
    await search.tries({ spared: { ...spared, numbers } })
    after = number
  }
}

function needsOf({ plan, run }: Search): readonly string[] {
  const { without, subjects } = castIn(plan)
  const kinds = kindsOf(plan.mix)
  return [
    kinds.length === 0 ? 'no fault at all' : `faults: ${kinds.join(', ')}`,
    `strikes: ${run.strikes.length}`,
    `time of faults: ${plan.mix.faultsMs / 1_000} s`,
    `subjects: ${subjects.join(', ')}`,
    ...(without.size === 0 ? [] : [`none of: ${[...without].join(', ')}`]),
  ]
}

function castIn({ cast, seed }: Plan): Cast {
  return cast ?? castOf(seed)
}

function kindsOf(mix: Mix): readonly string[] {
  return Object.entries(mix).flatMap(([kind, amount]) =>
    typeof amount === 'number' && amount > 0 && !TIMES.includes(kind) ? kind : [],
  )
}
