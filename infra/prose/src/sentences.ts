import type { Passage } from './passage.ts'

/** A sentence, or what stands in the place of one. */
export interface Sentence {
  readonly line: number
  /** As it is written, on one line. */
  readonly text: string
  /** The same with code as `CODE` and a quotation as `QUOTE`. */
  readonly prose: string
  /** The parts of `prose` that blanks separate. */
  readonly words: readonly string[]
  readonly isFirst: boolean
  readonly isCell: boolean
}

/** Characters that a quotation has at most: a longer one is a pair of marks that do not belong together. */
const QUOTATION = /“[^”]{1,300}”|(?<=^|[\s(])"[^"\n]{1,300}"(?=$|[\s.,;:)?!])/g
const CODE = /`[^`]*`/g
const LINK = /\]\([^)]*\)|\{@link|https?:\/\/[^\s)]+/g
const TAGS = /<[^>\s][^>]*>/g
const END = /[.!?]+[*_)\]]*(?=\s+[*_(]*[\p{Lu}\p{N}\u0001\u0002]|\s*$)/gu
const ABBREVIATION = /(?:\b(?:e\.g|i\.e|cf|vs|no|approx)|§\d*)\.$/i

/** The sentences of a passage, in order. */
export function sentencesIn(passage: Passage): readonly Sentence[] {
  const masked = mask(passage.text)
  const ends = [...masked.matchAll(END)].map(({ index, 0: stop }) => index + stop.length)
  const found: Sentence[] = []
  let begin = 0
  for (const end of [...ends, masked.length]) {
    const part = masked.slice(begin, end)
    if (ABBREVIATION.test(part) && end < masked.length) continue
    const sentence = sentenceAt(passage, begin, part)
    if (sentence !== null) found.push({ ...sentence, isFirst: found.length === 0 })
    begin = end
  }
  return found
}

function sentenceAt(
  passage: Passage,
  begin: number,
  part: string,
): Omit<Sentence, 'isFirst'> | null {
  const prose = oneLine(part.replaceAll(/\u0001+/g, 'CODE').replaceAll(/\u0002+/g, 'QUOTE'))
  const words = prose.match(/[\p{L}\p{N}][\p{L}\p{N}’'./-]*/gu) ?? []
  if (words.length === 0) return null
  const lead = passage.text.slice(0, begin + (part.length - part.trimStart().length))
  return {
    line: passage.line + (lead.match(/\n/g)?.length ?? 0),
    text: oneLine(passage.text.slice(begin, begin + part.length)),
    prose,
    words,
    isCell: passage.isCell === true,
  }
}

/** The text with everything that is not prose replaced, character by character, so that places stay. */
function mask(text: string): string {
  const fill = (by: string) => (found: string) => by.repeat(found.length)
  return text
    .replaceAll(CODE, fill('\u0001'))
    .replaceAll(QUOTATION, fill('\u0002'))
    .replaceAll(LINK, fill(' '))
    .replaceAll(TAGS, fill('\u0001'))
    .replaceAll(/[*[\]{}]|(?<!\w)_|_(?!\w)/g, ' ')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
