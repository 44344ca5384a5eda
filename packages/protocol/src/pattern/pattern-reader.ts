import type { Pattern, Symbols } from './pattern.ts'

const NOTHING: Pattern = { kind: 'sequence', parts: [] }
/** Characters that need a backslash to mean themselves, outside a class and in one. */
const SYNTAX = new Set('^$\\.*+?()[]{}|/')
const CLASS_SYNTAX = new Set('[]^')
const REPETITION = /^\{(\d{1,3})(,(\d{1,3})?)?\}$/
const SHORT = new Map<string | undefined, readonly [min: number, max: number]>([
  ['?', [0, 1]],
  ['*', [0, Infinity]],
  ['+', [1, Infinity]],
])

/** @internal Reads one pattern from its first character to its last. */
export class PatternReader {
  readonly #characters: readonly string[]
  #at = 0
  #problem: string | undefined

  constructor(text: string) {
    this.#characters = Array.from(text)
  }

  /** The first thing that is wrong; what was read is of no use then. */
  get problem(): string | undefined {
    return this.#problem
  }

  whole(): Pattern {
    const pattern = this.#choice()
    if (this.#next !== undefined) this.#fail('a ) closes no group')
    return pattern
  }

  get #next(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(expected: string): boolean {
    if (this.#next !== expected) return false
    this.#at += 1
    return true
  }

  /** Reading ends here. */
  #fail(problem: string): Pattern {
    this.#problem ??= problem
    this.#at = this.#characters.length
    return NOTHING
  }

  #choice(): Pattern {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    return { kind: 'choice', options }
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      parts.push(this.#repeated(this.#part()))
    }
    return { kind: 'sequence', parts }
  }

  #part(): Pattern {
    if (this.#take('(')) return this.#group()
    if (this.#take('[')) return { kind: 'symbol', symbols: this.#class() }
    if (this.#take('.')) return { kind: 'symbol', symbols: { kind: 'any' } }
    if (this.#next === '^' || this.#next === '$') {
      return this.#fail('values are compared whole: leave ^ and $ out')
    }
    const code = this.#character(SYNTAX)
    const ranges = [[code, code]] as const
    return { kind: 'symbol', symbols: { kind: 'ranges', isNegated: false, ranges } }
  }

  #group(): Pattern {
    if (this.#next === '?') return this.#fail('a group begins with ?, which has no meaning here')
    const inner = this.#choice()
    return this.#take(')') ? inner : this.#fail('a group is not closed')
  }

  #repeated(part: Pattern): Pattern {
    const short = SHORT.get(this.#next)
    if (short === undefined && this.#next !== '{') return part
    const [min, max] = short ?? this.#counted()
    if (short !== undefined) this.#at += 1
    if (min > max) return this.#fail('a repetition has its larger number first')
    if (SHORT.has(this.#next) || this.#next === '{') return this.#fail('a repetition is repeated')
    return { kind: 'repeat', part, min, max }
  }

  #counted(): readonly [min: number, max: number] {
    const end = this.#characters.indexOf('}', this.#at)
    const found = REPETITION.exec(this.#characters.slice(this.#at, end + 1).join(''))
    if (found === null) this.#fail('a { begins no repetition of up to 999')
    else this.#at = end + 1
    const [, min, isRange, max] = found ?? []
    return [Number(min), isRange === undefined ? Number(min) : Number(max ?? Infinity)]
  }

  #class(): Symbols {
    const isNegated = this.#take('^')
    const ranges: (readonly [number, number])[] = []
    while (this.#next !== ']' && this.#problem === undefined) {
      const from = this.#classCharacter()
      const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']'
      if (isRange) this.#at += 1
      const to = isRange ? this.#classCharacter() : from
      if (from > to) this.#fail('a range has its larger end first')
      ranges.push([from, to])
    }
    this.#at += 1
    if (ranges.length === 0) this.#fail('a class is empty')
    return { kind: 'ranges', isNegated, ranges }
  }

  #classCharacter(): number {
    return this.#character(CLASS_SYNTAX)
  }

  /** One that stands for itself, or is made to. */
  #character(special: ReadonlySet<string>): number {
    const isEscaped = this.#take('\\')
    const character = this.#next
    if (character === undefined) this.#fail('it ends too early')
    else if (
      isEscaped &&
      !SYNTAX.has(character) &&
      !(character === '-' && special === CLASS_SYNTAX)
    ) {
      this.#fail(`\\${character} has no meaning here`)
    } else if (!isEscaped && special.has(character)) {
      this.#fail(`a ${character} stands for itself only behind a backslash`)
    }
    this.#at += 1
    return character?.codePointAt(0) ?? 0
  }
}
