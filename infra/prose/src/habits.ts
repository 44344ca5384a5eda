import type { Parts } from './parts.ts'
import type { Sentence } from './sentences.ts'

/** A habit of pages: correct English that tires a reader who meets it often. It is printed, and no check fails for it. */
export interface Habit {
  readonly name: string
  /** The largest share of the sentences outside of tables that reads well. */
  readonly goalPercent: number
  readonly isIn: (sentence: Sentence) => boolean
}

/** “Forgets no proof”, not “there is no” or “with no”. */
const NEGATED =
  /\b(?!(?:is|are|was|were|be|with|in|of|or|and|at|by|to|from|if|so|that|but|while|for|there|under|on|than|as|because|when|which|then)\b)[a-z]+ no (?!longer|more|later)\w+/i
/** A name in backticks before the colon is a definition. */
const DEFINITION = /^CODE(?: \([^)]*\))?:/
const COLON = /[^\s:]: (?=[a-z])(.*)$/
const VERB =
  /\b(?:CODE|\p{L}{3,}(?:s|ed)|is|are|was|were|be|has|have|had|can|cannot|must|do|does|did|will|would)\b/u

/** Every habit, in the order of the report. */
export const HABITS: readonly Habit[] = [
  {
    name: 'negates an object, as “forgets no proof”',
    goalPercent: 1.5,
    isIn: ({ prose }) => NEGATED.test(prose),
  },
  {
    name: 'has a clause after a colon',
    goalPercent: 4.5,
    isIn: ({ prose }) => {
      const [, after = ''] = COLON.exec(prose) ?? []
      return !DEFINITION.test(prose) && VERB.test(after.split(/[;:]/)[0] ?? '')
    },
  },
  {
    name: 'has beside, alone or stands',
    goalPercent: 0.3,
    isIn: ({ prose }) => /\b(?:beside|alone|stands?)\b/i.test(prose),
  },
]

/** One line for each habit: its share of the sentences of `docs` outside of tables, and its goal. */
export function habitsText(parts: Parts): string {
  const all = parts.get('docs') ?? []
  const pages = all.filter(({ isCell, path }) => !isCell && path.startsWith('docs/'))
  const lines = HABITS.map(({ name, goalPercent, isIn }) => {
    const share = (pages.filter(isIn).length * 100) / Math.max(1, pages.length)
    return `${share.toFixed(2)} % of ${pages.length} sentences of docs ${name} (goal: ${goalPercent} %)\n`
  })
  return `${lines.join('')}\n`
}
