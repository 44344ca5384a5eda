import { describe, expect, it } from 'vitest'
import { codeIn, codeOfPage } from './page-code.ts'

describe('the code of a page', () => {
  it('is each block whose first line is the path of its file', () => {
    const page =
      '# A\n\n```go\n// a/b.go\n\npackage a\n```\n\n```\n// go.mod\nmodule a\n```\n\n' +
      '```xml\n<!-- pom.xml -->\n<project/>\n```\n\n```python\n# a.py\npass\n```\n\n```yaml\na: 1\n```\n'
    expect([...codeIn(page)]).toEqual([
      ['a/b.go', '// a/b.go\n\npackage a\n'],
      ['go.mod', '// go.mod\nmodule a\n'],
      ['pom.xml', '<!-- pom.xml -->\n<project/>\n'],
      ['a.py', '# a.py\npass\n'],
    ])
  })

  it.each([
    ['java.md', 4],
    ['go.md', 3],
    ['python.md', 5],
  ])('of %s has its files', (page, files) => {
    expect(codeOfPage(page).size).toBe(files)
  })
})
