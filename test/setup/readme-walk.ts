import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The walk of README: its shell blocks in order, and the status lines that it shows. */
export interface ReadmeWalk {
  readonly steps: readonly string[]
  /** The status lines in its text. */
  readonly shown: readonly string[]
}

const README = join(import.meta.dirname, '../../README.md')
const block = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm

/** Reads the section `One walk` of a text. */
export function walkIn(text: string): ReadmeWalk {
  const [, rest = ''] = text.split(/^## One walk.*$/m)
  const [section = ''] = rest.split(/^## /m)
  const blocks = [...section.matchAll(block)].map(([, language, code = '']) => ({ language, code }))
  return {
    steps: blocks.filter(({ language }) => language === 'sh').map(({ code }) => code),
    shown: section.match(/HTTP\/[\d.]+ \d{3} [\w ]+/g) ?? [],
  }
}

/** The walk of this repository's README. */
export function readmeWalk(): ReadmeWalk {
  return walkIn(readFileSync(README, 'utf8'))
}
