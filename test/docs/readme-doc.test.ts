import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRegistry } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EXAMPLE_REGISTRY } from '../../packages/cli/src/stack/paths.ts'
import { firstWalk } from '../../packages/cli/src/walk/walk.ts'
import { readmeWalk, walkIn } from '../setup/readme-walk.ts'
import { pathsNamedIn, readPage, ROOT } from './pages.ts'

const LINES_MAX = 150
const LINKS_MAX = 25
const readme = readPage('README.md')
const list = readPage('docs/README.md')

/** Pages of `docs` that the list of all pages does not have. */
function unlinked(text: string): readonly string[] {
  const named = new Set(pathsNamedIn({ path: 'docs/README.md', text }))
  const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))
  return pages
    .filter((file) => file !== 'README.md')
    .map((file) => `docs/${file}`)
    .filter((page) => !named.has(page))
}

describe('README.md', () => {
  it(`has at most ${LINES_MAX} lines`, () => {
    expect(readme.text.split('\n').length).toBeLessThanOrEqual(LINES_MAX)
  })

  it('names the command that runs all suites', () => {
    expect(readme.text).toMatch(/^npm test /m)
  })

  it(`has at most ${LINKS_MAX} links`, () => {
    expect(readme.text.match(/\]\(/g)?.length).toBeLessThanOrEqual(LINKS_MAX)
  })

  it('links to the list of all pages, which has every page of docs', () => {
    expect(pathsNamedIn(readme)).toContain('docs/README.md')
    expect(unlinked(list.text)).toEqual([])
  })

  it('control: a page without a link is found', () => {
    expect(unlinked(list.text.replaceAll('(evidence.md)', '()'))).toEqual(['docs/evidence.md'])
  })

  const walk = firstWalk(
    parseRegistry(parse(readFileSync(EXAMPLE_REGISTRY, 'utf8')), EXAMPLE_REGISTRY),
  )
  const steps = walk.map(({ text, command }) => ({ text, command }))

  it('shows the steps that `freshet dev` prints, with a refusal before the console', () => {
    expect(readmeWalk()).toEqual(steps)
    for (const { text, shows } of walk) expect(text.match(/`(.+)`/)?.[1]).toBe(shows)
    expect(walk.at(-3)?.shows).toContain('deny')
    expect(walk.at(-1)?.command).toContain('freshet open')
  })

  it('control: another command, text or step in README is found', () => {
    const changed = (from: string, to: string) => walkIn(readme.text.replace(from, to))
    expect(changed('--op set', '--op add')).not.toEqual(steps)
    expect(changed('deny (token.stale', 'allow')).not.toEqual(steps)
    expect(changed(`1. ${steps[0]?.text}`, '')).toEqual(steps.slice(1))
  })
})
