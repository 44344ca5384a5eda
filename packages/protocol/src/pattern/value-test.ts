import type { Pattern, Symbols } from './pattern.ts'

/** A place in a pattern. Without symbols it is passed at once. */
interface Step {
  readonly symbols?: Symbols
  readonly next: Step[]
  /** The turn in which it was reached last. */
  turn: number
}

/**
 * Returns a test whether a whole value matches the pattern. A value is read once: the time is at most its
 * length times the steps of the pattern, whatever stands in either. Searching with backtracking, as `RegExp`
 * does, can take time that doubles with every character.
 */
export function valueTest(pattern: Pattern): (value: string) => boolean {
  const end = stepTo([])
  const start = stepsTo(pattern, end)
  let turn = 0
  return (value) => {
    let reached = passed([start], (turn += 1))
    for (const character of value) {
      reached = passed(behind(reached, character.codePointAt(0) ?? 0), (turn += 1))
      if (reached.length === 0) return false
    }
    return reached.includes(end)
  }
}

/** The steps that follow on those that have the character. */
function behind(reached: readonly Step[], code: number): readonly Step[] {
  const next: Step[] = []
  for (const step of reached) {
    if (step.symbols !== undefined && has(step.symbols, code)) next.push(...step.next)
  }
  return next
}

/** All steps that are reached from here without another character, each once. */
function passed(from: readonly Step[], turn: number): readonly Step[] {
  const reached: Step[] = []
  const add = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.turn === turn) continue
      step.turn = turn
      reached.push(step)
    }
  }
  add(from)
  // It grows while it is walked.
  for (const step of reached) if (step.symbols === undefined) add(step.next)
  return reached
}

function has(symbols: Symbols, code: number): boolean {
  if (symbols.kind === 'any') return true
  return symbols.ranges.some(([from, to]) => from <= code && code <= to) !== symbols.isNegated
}

function stepTo(next: Step[]): Step {
  return { next, turn: 0 }
}

/** The steps of a pattern that lead to what is next. */
function stepsTo(pattern: Pattern, next: Step): Step {
  switch (pattern.kind) {
    case 'symbol':
      return { ...stepTo([next]), symbols: pattern.symbols }
    case 'sequence':
      return pattern.parts.reduceRight((after, part) => stepsTo(part, after), next)
    case 'choice':
      return stepTo(pattern.options.map((option) => stepsTo(option, next)))
    case 'repeat':
      return repeated(pattern, next)
  }
}

function repeated({ part, min, max }: Pattern & { readonly kind: 'repeat' }, next: Step): Step {
  let step = max === Infinity ? loop(part, next) : next
  const optional = max === Infinity ? 0 : max - min
  for (let n = 0; n < optional; n += 1) step = stepTo([stepsTo(part, step), next])
  for (let n = 0; n < min; n += 1) step = stepsTo(part, step)
  return step
}

function loop(part: Pattern, next: Step): Step {
  const step = stepTo([next])
  step.next.push(stepsTo(part, step))
  return step
}
