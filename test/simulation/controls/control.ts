import { exploreCheckpoints } from '../checkpoint-explorer.ts'
import { MODEL_MIXES, type Rules } from '../mix.ts'
import { explore } from '../system/explore.ts'
import type { Guards } from '../system/guards.ts'
import { mixOf } from '../system/mixes.ts'

interface Row {
  /** A rule of docs/protocol/rules.md by its number, or an invariant of docs/protocol/invariants.md. */
  readonly rule: string
  readonly without: string
  readonly mix: string
  /** The invariants of which one must break. */
  readonly breaks: readonly string[]
  /** Seeds from 1 on within which that happens. */
  readonly seeds: number
}

/** A guard that is removed from the whole product. The first invariant that breaks must be one of the row. */
export interface ProductControl extends Row {
  readonly guards: Guards
}

/** A rule that is removed from the model of checkpoints; its decisions and its shell are in the rules. */
export interface ModelControl extends Row {
  readonly rules: () => Promise<Rules>
}

/** The rule, the part that is weakened, the mix and the seeds of its runs, and what must fall. */
export type Control = ProductControl | ModelControl

/** The invariant that fell, and how. */
export interface Fall {
  readonly invariant: string
  readonly what: string
}

/** The result of a control: the first seed that broke an invariant, and which one. */
export interface Found {
  readonly control: Control
  readonly seed: number
  readonly violation: Fall | undefined
}

/** Runs the seeds of a control until one breaks an invariant: first the one that did so before, if it is known. */
export async function findMissing(control: Control, known?: number): Promise<Found> {
  const run = 'guards' in control ? runOfProduct(control) : await runOfModel(control)
  const all = Array.from({ length: control.seeds }, (_, at) => at + 1)
  const others = all.filter((seed) => seed !== known)
  for (const seed of known === undefined ? others : [known, ...others]) {
    const violation = await run(seed)
    if (violation) return { control, seed, violation }
  }
  return { control, seed: control.seeds, violation: undefined }
}

/** Returns whether the missing guard broke an invariant that it must break. */
export function isAsItMust({ control, violation }: Found): boolean {
  return violation !== undefined && control.breaks.includes(violation.invariant)
}

type Run = (seed: number) => Fall | undefined | Promise<Fall | undefined>

function runOfProduct({ mix: name, guards }: ProductControl): Run {
  const mix = mixOf(name)
  return async (seed) => (await explore({ seed, mix, guards })).violations[0]
}

/** A model without one rule can break several invariants, and any of them is a proof. */
async function runOfModel({ mix: name, rules, breaks }: ModelControl): Promise<Run> {
  const [mix, weakened] = [MODEL_MIXES[name], await rules()]
  if (mix === undefined) throw new Error(`The model has no mix ${name}.`)
  return (seed) => {
    const { violations } = exploreCheckpoints(seed, weakened, mix)
    const found = violations.find(({ kind }) => breaks.includes(kind))
    return found && { invariant: found.kind, what: found.what }
  }
}
