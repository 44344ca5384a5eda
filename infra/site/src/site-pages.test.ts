import { expect, it } from 'vitest'
import { misplaced, PARTS } from './parts.ts'
import { allSitePages, siteFiles } from './site-pages.ts'

const paths = [
  ...new Set(PARTS.flatMap(({ groups }) => groups.flatMap(({ pages }) => pages))),
].filter((path) => !path.endsWith('/'))
const repository = new Map(paths.map((path) => [path, `# ${path}\n`]))

it('puts a page of no part, and a part without its page, among the errors', () => {
  expect(misplaced(paths)).toEqual([])
  expect(misplaced([...paths, 'docs/stray.md'])).toEqual(['docs/stray.md'])
  expect(misplaced(paths.filter((path) => path !== 'SECURITY.md'))).toEqual(['SECURITY.md'])
  expect(() => allSitePages(new Map([['docs/stray.md', '']]), new Map())).toThrow('docs/stray.md')
})

it('lists the pages of a folder that others link to', () => {
  const more = new Map([...repository, ['docs/decisions/A.md', '# A is red\n']])
  const files = siteFiles(allSitePages(more, new Map()))
  expect(files.get('docs/decisions/index.md')).toBe('# Decisions\n\n- [A is red](A.md)\n')
  expect(files.has('index.md')).toBe(true)
})
