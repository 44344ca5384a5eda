import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../docs/pages.ts'

/** The folder of the sound registry, the patches, and the files that broken registries name. */
export const BROKEN: string = join(ROOT, 'test', 'registry', 'broken')

/** A registry that breaks one rule. */
export interface BrokenRegistry {
  /** The code of the rule, and the variant where several registries break this rule. */
  readonly name: string
  /** Its only finding: `CODE LINE:COLUMN`. */
  readonly finding: string
  /** The text of the file, in which each character is one byte. */
  readonly text: string
}

const HEAD = /^(\S+)(?: (\d+:\d+))?(?: (?!on )(\S+))?(?: on (\S+))?$/

/**
 * Returns every registry of `registries.diff`. A patch follows its head, `## CODE LINE:COLUMN [VARIANT] [on GROUND]`.
 * It applies to `base.yaml`, or to the patch before it whose head is `## GROUND`.
 */
export function brokenRegistries(): readonly BrokenRegistry[] {
  const read = (file: string): string => readFileSync(join(BROKEN, file), 'utf8')
  const grounds = new Map([['', read('base.yaml')]])
  return read('registries.diff')
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const [head = ''] = section.split('\n')
      const [, code = '', place, variant, ground = ''] = HEAD.exec(head) ?? []
      const text = patched(grounds.get(ground) ?? '', section)
      if (place === undefined) grounds.set(code, text)
      const name = variant === undefined ? code : `${code}-${variant}`
      return place === undefined ? [] : [{ name, finding: `${code} ${place}`, text }]
    })
}

/**
 * Returns the text after a patch. The lines of a hunk are kept or removed, and then added. `-...` removes all that follows.
 *
 * @throws `Error` where the lines of a hunk are not in exactly one place
 */
export function patched(text: string, patch: string): string {
  const hunks = patch.match(/(?:^[ -].*\n)+(?:^\+.*\n)*/gm) ?? []
  return hunks.reduce((before, hunk) => {
    const lines = hunk.split('\n').filter((line) => line !== '-...')
    const without = (sign: string): string =>
      lines.flatMap((line) => (line === '' || line[0] === sign ? [] : [line.slice(1)])).join('\n')
    const old = `\n${without('+')}\n`
    const at = before.indexOf(old)
    if (at < 0 || before.includes(old, at + 1)) throw new Error(`not in one place:\n${hunk}`)
    const [head, now, tail] = [before.slice(0, at), without('-'), before.slice(at + old.length)]
    return [head, ...(now === '' ? [] : [now]), ...(hunk.includes('-...') ? [] : [tail])].join('\n')
  }, text)
}
