import { describe, expect, it } from 'vitest'
import { codeBlocks } from './code-blocks.ts'
import { allPages } from './pages.ts'

/** On npm, this name belongs to others. npx would fetch and run their program where ours is not installed. */
const FOREIGN = /\bnpx (?:--yes )?freshet\b|npm (?:install|i)(?: -\S+| --\S+)* freshet\b/
const INSTALLED = /^npm (?:install|i) .*(?:@freshet\/|freshet-)/m
const UNPUBLISHED = 'No npm registry has the packages yet'

const unpublishedIn = (text: string): boolean =>
  !codeBlocks(text).some(({ code }) => INSTALLED.test(code)) || text.includes(UNPUBLISHED)

describe('each page', () => {
  it.each(allPages())(
    '$path runs no foreign name, and states that nothing is published',
    ({ text }) => {
      expect(text).not.toMatch(FOREIGN)
      expect(unpublishedIn(text)).toBe(true)
    },
  )
})

it('control: both are found', () => {
  expect('npx freshet status').toMatch(FOREIGN)
  expect('npm install --global freshet').toMatch(FOREIGN)
  expect('npx @freshet/cli status').not.toMatch(FOREIGN)
  expect(unpublishedIn('```sh\nnpm install @freshet/edge\n```\n')).toBe(false)
  expect(unpublishedIn(`${UNPUBLISHED}.\n\n\`\`\`sh\nnpm install @freshet/edge\n\`\`\`\n`)).toBe(
    true,
  )
})
