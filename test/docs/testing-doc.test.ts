import { describe, expect, it } from 'vitest'
import { codeIn } from './code-blocks.ts'
import { readPage } from './pages.ts'

const EXAMPLE = 'test/sdk/testing-example.test.ts'

describe('docs/testing.md', () => {
  it('shows the example that the suites run', () => {
    expect(codeIn(readPage('docs/testing.md').text, 'ts')).toBe(readPage(EXAMPLE).text)
  })

  it('control: another text in the block is found', () => {
    const changed = readPage('docs/testing.md').text.replace('toBe(401)', 'toBe(200)')
    expect(codeIn(changed, 'ts')).not.toBe(readPage(EXAMPLE).text)
    expect(codeIn('# Page\n', 'ts')).toBe('')
  })
})
