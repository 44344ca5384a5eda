/** A fenced block of a page. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
}

/** A block of a list is as far to the right as the text of its item. */
const fence = /^( *)```(\w+)\n([\s\S]*?)^\1```$/gm

/** Returns the fenced blocks of a page that have a language, in order. */
export function codeBlocks(text: string): readonly CodeBlock[] {
  return [...text.matchAll(fence)].map(([, indent = '', language = '', code = '']) => ({
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }))
}

/** Returns the code of the first block of a page in this language; empty if there is none. */
export function codeIn(text: string, language: string): string {
  return codeBlocks(text).find((block) => block.language === language)?.code ?? ''
}
