import { MARKED_FROM, unreached, unseen } from './coverage.ts'
import { mixOf } from './mixes.ts'
import { digestOf, runTasks, type Outcome, type Task } from './seeds.ts'

/** The number of seeds of a mix from which every fault that it names must have struck. */
const COVERED_FROM = 10
const PROGRESS_EVERY = 50

/** The seeds, the mixes and the number of cores. */
export interface Many {
  readonly mixes: readonly string[]
  readonly from: number
  readonly seeds: number
  readonly workers: number
}

/**
 * Runs seeds of mixes; resolves with the exit code. Findings go to stdout, in an order that the number of
 * workers does not change; progress goes to stderr.
 */
export async function runMany({ mixes, from, seeds, workers }: Many): Promise<number> {
  const tasks = mixes.flatMap((mix): readonly Task[] =>
    Array.from({ length: seeds }, (_, at) => ({ mix, seed: from + at })),
  )
  const outcomes = await runTasks(tasks, workers, progressOf(tasks.length))
  const findings = [
    ...outcomes.flatMap(brokenIn),
    ...(seeds < COVERED_FROM ? [] : mixes.flatMap((mix) => unseenIn(mix, outcomes))),
    ...(outcomes.length < MARKED_FROM || mixes.length === 1 ? [] : unmarkedIn(outcomes)),
  ]
  for (const line of findings) process.stdout.write(`${line}\n`)
  process.stdout.write(`${outcomes.length} runs, ${findings.length} findings\n`)
  process.stdout.write(`traces ${digestOf(outcomes)}\n`)
  if (outcomes.some(({ violation }) => violation !== undefined))
    process.stdout.write('npm run sim -- --mix NAME --seed S tells how it came to that.\n')
  return findings.length === 0 ? 0 : 1
}

function progressOf(all: number): (outcome: Outcome) => void {
  const startedMs = performance.now()
  let done = 0
  return (outcome) => {
    done += 1
    const perSecond = (1_000 * done) / (performance.now() - startedMs)
    const broken = brokenIn(outcome)
    if (broken.length > 0 || done % PROGRESS_EVERY === 0 || done === all)
      process.stderr.write(
        `${broken[0] ?? outcome.mix} (${done}/${all}, ${perSecond.toFixed(1)} seeds/s)\n`,
      )
  }
}

function brokenIn({ mix, seed, violation }: Outcome): readonly string[] {
  return violation ? [`${mix} seed ${seed}: ${violation.invariant} ${violation.what}`] : []
}

function unseenIn(mix: string, outcomes: readonly Outcome[]): readonly string[] {
  const missing = unseen(mixOf(mix), seenIn(outcomes.filter((each) => each.mix === mix)))
  return missing.length === 0 ? [] : [`${mix}: never seen: ${missing.join(', ')}`]
}

function unmarkedIn(outcomes: readonly Outcome[]): readonly string[] {
  return unreached(seenIn(outcomes)).map((mark) => `never reached: ${mark}`)
}

function seenIn(outcomes: readonly Outcome[]): ReadonlySet<string> {
  return new Set(outcomes.flatMap(({ seen }) => seen))
}
