import { expect, it } from 'vitest'
import { screensPage } from './screens-page.ts'

it('shows each view in its sizes and themes', () => {
  const names = ['live-wide-light.png', 'live-narrow-dark.png', 'edges-wide-light.png', 'other.png']
  expect(screensPage(names)).toBe(
    [
      '# The console in pictures',
      '## edges',
      '![edges, 1440 px, light](screens/edges-wide-light.png)',
      '## live',
      '![live, 390 px, dark](screens/live-narrow-dark.png)',
      '![live, 1440 px, light](screens/live-wide-light.png)\n',
    ].join('\n\n'),
  )
})

it('names the command that makes the pictures, where there is none', () => {
  expect(screensPage([])).toContain('npm run docs -- --screens')
})
