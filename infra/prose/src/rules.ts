import type { Sentence } from './sentences.ts'

/** One rule of plain English, as far as a program can see it. */
export interface Rule {
  readonly name: RuleName
  /** The property of a sentence that breaks it. */
  readonly has: string
  /** The text to write in its place. */
  readonly proposal: string
  /** Kinds of text that it counts for; absent: all. */
  readonly onlyIn?: 'docs'
  readonly isBrokenBy: (sentence: Sentence) => boolean
}

export type RuleName = 'who' | 'what' | 'said' | 'nobody' | 'fragment' | 'long'

/** The longest sentence of a page. */
export const WORDS_MAX = 30

const WHO = /^(?:who|whom|whoever|whomever|whose)\b/i
const WHAT = /^(?:what|where|whether|how|when|whatever|wherever|whenever)\b/i
const SPEECH =
  /\b(?:tells?|told|telling|untold|says?|said|saying|unsaid|speaks?|spoken?|speaking|hears?|heard|hearing|unheard|words?)\b/i
const NOBODY = /\b(?:nobody|somebody|whoever|whomever|whom)\b/i
const PREPOSITION =
  /^(?:of|by|for|from|with|without|in|on|at(?! most| least)|to|behind|before|after|beside|between|among|within|beyond|through|until|since|like|under|over|per|as)\b/i
/** “By what it is known” has no noun, whatever follows. */
const HEADLESS = /^(?:of|by)\s+(?:what|whatever|which|whom|whose|who)\b/i
/** Conjunctions that begin a clause of their own: such a clause does not make the sentence whole. */
const CLAUSE = /\b(?:that|which|who|whom|whose|where|when|while|as|because|so|if|until|since)\b/i
const AUXILIARY =
  /\b(?:is|are|was|were|be|has|have|had|can|cannot|could|must|may|does|do|did|will|would|should|might)\b/i
/** An instruction behind an introduction: “After that, run …”. */
const ORDER =
  /^(?:add|ask|begin|call|change|check|continue|give|keep|make|name|open|put|read|run|see|send|set|start|take|use|wait|write)\b/i
const VERB = /\b(?:CODE|\p{L}{3,}(?:s|ed))\b/u

/**
 * Returns whether a sentence has no subject and verb: it begins with a preposition, and no main clause
 * follows. A verb is recognised by its form, so a sentence passes where this is not certain.
 */
function isFragment({ prose }: Sentence): boolean {
  if (!PREPOSITION.test(prose)) return false
  if (HEADLESS.test(prose)) return true
  // Behind “Of …:” or “By …;” a verb does not make the sentence whole.
  const [first = ''] = /^(?:of|by)\b/i.test(prose) ? prose.split(/[:;]\s/) : [prose]
  const [head = '', ...clauses] = first.split(/[,:;]\s/)
  const main = head.split(CLAUSE).find((part) => part.trim() !== '') ?? ''
  const hasMain = /^to\b/i.test(head) ? false : AUXILIARY.test(main)
  return (
    !hasMain && !clauses.some((each) => [AUXILIARY, VERB, ORDER].some((verb) => verb.test(each)))
  )
}

/** Every rule, in the order of the report. */
export const RULES: readonly Rule[] = [
  {
    name: 'who',
    has: 'begins with Who, Whom, Whoever or Whose',
    proposal: 'Name the subject: “a refused client”, “the caller”.',
    isBrokenBy: ({ prose }) => WHO.test(prose) && !prose.endsWith('?'),
  },
  {
    name: 'what',
    has: 'begins with What, Where, Whether, How or When',
    proposal: 'Begin with the noun or the verb: “The batch that …”, “Returns whether …”.',
    isBrokenBy: ({ prose }) => WHAT.test(prose) && !prose.endsWith('?'),
  },
  {
    name: 'said',
    has: 'has tell, say, speak, hear or word',
    proposal: 'Data is sent, returned, reported, recorded or published.',
    isBrokenBy: ({ prose }) => SPEECH.test(prose),
  },
  {
    name: 'nobody',
    has: 'has nobody, somebody, whoever or whom',
    proposal: 'Name who acts and what happens: “every source becomes unverified”.',
    isBrokenBy: ({ prose }) => NOBODY.test(prose),
  },
  {
    name: 'fragment',
    has: 'begins with a preposition and has no main clause',
    proposal: 'Write a sentence that begins with its noun.',
    isBrokenBy: (sentence) => !sentence.isCell && isFragment(sentence),
  },
  {
    name: 'long',
    has: `has more than ${WORDS_MAX} words`,
    proposal: 'Make two sentences, one fact each.',
    onlyIn: 'docs',
    isBrokenBy: ({ words, isCell }) => !isCell && words.length > WORDS_MAX,
  },
]
