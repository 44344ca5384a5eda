import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readmeWalk, walkIn } from '../setup/readme-walk.ts'
import { pathsNamedIn, readPage, ROOT } from './pages.ts'

const LINES_MAX = 150
const readme = readPage('README.md')

/** Pages of `docs` that a page does not link to. */
function unlinked(text: string): readonly string[] {
  const named = new Set(pathsNamedIn({ path: 'README.md', text }))
  const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))
  return pages.map((file) => `docs/${file}`).filter((page) => !named.has(page))
}

describe('README.md', () => {
  it(`has at most ${LINES_MAX} lines`, () => {
    expect(readme.text.split('\n').length).toBeLessThanOrEqual(LINES_MAX)
  })

  it('names the command that runs all suites', () => {
    expect(readme.text).toMatch(/^npm test /m)
  })

  it('links to every page of docs', () => {
    expect(unlinked(readme.text)).toEqual([])
  })

  it('control: a page without a link is found', () => {
    expect(unlinked(readme.text.replaceAll('docs/audit.md', 'docs'))).toEqual(['docs/audit.md'])
  })

  it('shows a walk that ends with a refusal', () => {
    const { steps, shown } = readmeWalk()
    expect(steps.at(-1)?.trim()).toBe('ask')
    expect(shown.at(-1)).toBe('HTTP/1.1 401 Unauthorized')
  })

  it('control: a walk that ends with an allowed request is not one', () => {
    const text =
      '## One walk\n\n1. x\n\n   ```sh\n   ask\n   ```\n\n   HTTP/1.1 200 OK\n\n## Next\n'
    expect(walkIn(text)).toEqual({ steps: ['   ask\n'], shown: ['HTTP/1.1 200 OK'] })
  })
})
