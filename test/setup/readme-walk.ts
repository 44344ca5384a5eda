import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A step of the walk of README. */
export interface ReadmeStep {
  readonly text: string
  readonly command: string
}

const README = join(import.meta.dirname, '../../README.md')
const step =
  /^\d+\. ([^\n]+)\n\n {3}```sh\n([\s\S]*?) {3}```\n(?:\n {3}```\n([\s\S]*?) {3}```\n)?/gm

/** Reads the section `One walk` of a text. */
export function walkIn(text: string): readonly ReadmeStep[] {
  const [, rest = ''] = text.split(/^## One walk.*$/m)
  const [section = ''] = rest.split(/^## /m)
  return [...section.matchAll(step)].map(([, words = '', command = '']) => ({
    text: words,
    command: command.trim(),
  }))
}

/** The walk of this repository's README. */
export function readmeWalk(): readonly ReadmeStep[] {
  return walkIn(readFileSync(README, 'utf8'))
}
