import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runControls } from './controls-report.ts'
import { unseen } from './coverage.ts'
import { explore, type Plan, type Run } from './explore.ts'
import { MIXES, type Mix } from './mixes.ts'
import { runSeeds, type Outcome } from './seeds.ts'
import { shrink } from './shrink.ts'
import { storyOf } from './story.ts'

const SEEDS = 20
/** So many seeds of a mix must have seen everything that it names. */
const COVERED_FROM = 20

const USAGE = `npm run sim -- [--mix NAME] [--seeds N] [--seed S] [--controls [--write]]

  --mix NAME   one mix of faults; without it, each: ${Object.keys(MIXES).join(', ')}
  --seeds N    seeds 1 to N of each mix; without it ${SEEDS}
  --seed S     one seed alone, told as a story
  --controls   each guard taken away in turn; each must be missed
  --write      puts the table of the controls into docs/simulation.md
`

/** Runs what the command line asks for; resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const asked = read(args)
  if (asked === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  if (asked.controls) return runControls(asked.write)
  if (asked.seed !== undefined) return tellOne(asked.seed, asked.mixes)
  return runMixes(asked.mixes, asked.seeds)
}

interface Asked {
  readonly mixes: readonly string[]
  readonly seeds: number
  readonly seed: number | undefined
  readonly controls: boolean
  readonly write: boolean
}

function read(args: readonly string[]): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        mix: { type: 'string' },
        seeds: { type: 'string' },
        seed: { type: 'string' },
        controls: { type: 'boolean' },
        write: { type: 'boolean' },
      },
    })
    const { mix, seeds = String(SEEDS), seed, controls = false, write = false } = values
    const numbers = [seeds, seed ?? '1'].map(Number)
    const isKnown = mix === undefined || Object.hasOwn(MIXES, mix)
    if (!isKnown || !numbers.every((n) => Number.isSafeInteger(n) && n > 0)) return undefined
    return {
      mixes: mix === undefined ? Object.keys(MIXES) : [mix],
      seeds: Number(seeds),
      seed: seed === undefined ? undefined : Number(seed),
      controls,
      write,
    }
  } catch {
    return undefined
  }
}

function mixOf(name: string): Mix {
  const mix = MIXES[name]
  if (mix === undefined) throw new Error(`There is no mix ${name}.`)
  return mix
}

async function tellOne(seed: number, mixes: readonly string[]): Promise<number> {
  let isBroken = false
  for (const name of mixes) {
    const plan = { seed, mix: mixOf(name), isTold: true }
    const found = await explore(plan)
    isBroken ||= found.violations.length > 0
    process.stdout.write(
      found.violations.length > 0 ? await shortest(name, plan, found) : storyOf(name, found),
    )
  }
  return isBroken ? 1 : 0
}

async function shortest(name: string, plan: Plan, found: Run): Promise<string> {
  process.stderr.write('broken; looking for the faults that it needs\n')
  const { run: fewer, needs } = await shrink(plan, found)
  return `${storyOf(name, fewer)}it needs: ${needs.join(', ') || 'no fault at all'}\n`
}

async function runMixes(mixes: readonly string[], seeds: number): Promise<number> {
  const broken: string[] = []
  for (const mix of mixes) {
    const startedMs = performance.now()
    let done = 0
    const seen = new Set<string>()
    const onOutcome = ({ seed, violation, seen: struck }: Outcome): void => {
      done += 1
      for (const fault of struck) seen.add(fault)
      const perSecond = (1_000 * done) / (performance.now() - startedMs)
      const what = violation && `${mix} seed ${seed}: ${violation.invariant} ${violation.what}`
      if (what !== undefined) broken.push(what)
      if (what !== undefined || done % 50 === 0 || done === seeds)
        process.stderr.write(`${what ?? mix} (${done}/${seeds}, ${perSecond.toFixed(1)} seeds/s)\n`)
    }
    await runSeeds({ mix, from: 1, seeds, workers: availableParallelism() }, onOutcome)
    const missing = seeds < COVERED_FROM ? [] : unseen(mixOf(mix), seen)
    if (missing.length > 0) broken.push(`${mix}: never seen: ${missing.join(', ')}`)
  }
  for (const line of broken) process.stdout.write(`${line}\n`)
  const sum = `${mixes.length * seeds} runs, ${broken.length} findings\n`
  process.stdout.write(sum)
  const [first] = broken
  if (first) process.stdout.write('npm run sim -- --mix NAME --seed S tells how it came to that.\n')
  return broken.length === 0 ? 0 : 1
}
