import { describe, expect, it } from 'vitest'
import { codeBlocks } from './code-blocks.ts'
import { readPage } from './pages.ts'

/** The servers that `test/sdk/frameworks.long.e2e.test.ts` starts, in the order of the page. */
const SERVERS = ['express', 'fastify', 'hono', 'http'].map(
  (name) => readPage(`test/sdk/frameworks/${name}.mjs`).text,
)

function serversIn(text: string): readonly string[] {
  return codeBlocks(text)
    .filter(({ language }) => language === 'js')
    .map(({ code }) => code)
}

describe('docs/frameworks.md', () => {
  const { text } = readPage('docs/frameworks.md')

  it('shows the servers that the suites start', () => {
    expect(serversIn(text)).toEqual(SERVERS)
  })

  it('control: another line in a server is found', () => {
    expect(serversIn(text.replace('app.use(', 'app.all('))).not.toEqual(SERVERS)
  })
})
