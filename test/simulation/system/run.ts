import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runControls } from '../controls/report.ts'
import { explore, type Plan, type Run } from './explore.ts'
import { MIXES, mixOf, SLOW_MIXES } from './mixes.ts'
import { runMany } from './run-many.ts'
import { shrink } from './shrink.ts'
import { storyOf } from './story.ts'

const SEEDS = 20

const QUICK_MIXES = Object.keys(MIXES).filter((name) => !SLOW_MIXES.includes(name))
const USAGE = `npm run sim -- [--mix NAMES] [--seeds N] [--from S] [--workers N] [--seed S] [--controls [--write]]

  --mix NAMES  mixes of faults, by comma; without it: ${QUICK_MIXES.join(', ')};
               only by name, because a seed takes many seconds: ${SLOW_MIXES.join(', ')}
  --seeds N    so many seeds of each mix; without it ${SEEDS}
  --from S     the first of them; without it 1
  --workers N  so many at once; without it as many as there are cores
  --seed S     one seed alone, told as a story
  --controls   each guard taken away in turn; each must be missed
  --write      puts the table of the controls into docs/simulation.md
`

/** Runs the command of the command line; resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = read(args)
  if (options === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  if (options.controls) return runControls(options.write, options.workers)
  if (options.seed !== undefined) return printTrace(options.seed, options.mixes)
  return runMany(options)
}

interface RunOptions {
  readonly mixes: readonly string[]
  readonly seeds: number
  readonly from: number
  readonly workers: number
  readonly seed: number | undefined
  readonly controls: boolean
  readonly write: boolean
}

function read(args: readonly string[]): RunOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        mix: { type: 'string' },
        seeds: { type: 'string', default: String(SEEDS) },
        from: { type: 'string', default: '1' },
        workers: { type: 'string', default: String(availableParallelism()) },
        seed: { type: 'string' },
        controls: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
      },
    })
    const { mix, seed, controls, write } = values
    const mixes = mix?.split(',') ?? QUICK_MIXES
    if (!mixes.every((name) => Object.hasOwn(MIXES, name))) return undefined
    return {
      mixes,
      seeds: positive(values.seeds),
      from: positive(values.from),
      workers: positive(values.workers),
      seed: seed === undefined ? undefined : positive(seed),
      controls,
      write,
    }
  } catch {
    return undefined
  }
}

/** @throws if it is no positive number */
function positive(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number <= 0) throw new RangeError(`${text} is no number`)
  return number
}

async function printTrace(seed: number, mixes: readonly string[]): Promise<number> {
  let isBroken = false
  for (const name of mixes) {
    const plan = { seed, mix: mixOf(name), isTraceKept: true }
    const found = await explore(plan)
    isBroken ||= found.violations.length > 0
    process.stdout.write(
      found.violations.length > 0 ? await shortest(name, plan, found) : storyOf(name, found),
    )
  }
  return isBroken ? 1 : 0
}

async function shortest(name: string, plan: Plan, found: Run): Promise<string> {
  process.stderr.write('broken; looking for what it needs\n')
  const { run: fewer, needs } = await shrink(plan, found)
  return `${storyOf(name, fewer)}it needs ${needs.join('; ')}\n`
}
