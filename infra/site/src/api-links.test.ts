import { expect, it } from 'vitest'
import { withKnownAnchors } from './api-links.ts'

const mended = (link: string): string | undefined =>
  withKnownAnchors(
    new Map([
      ['reference/api/edge.md', `# Edge\n\n## Twice\n\n## Twice\n\n## Once\n\n${link}\n`],
      ['reference/api/wire.md', '# Wire\n\n## Once\n'],
    ]),
  )
    .get('reference/api/edge.md')
    ?.split('\n')
    .at(-2)

it.each([
  ['a number without a heading goes', '[x](#once-1)', '[x](#once)'],
  ['also in a link to another page', '[x](wire.md#once-2)', '[x](wire.md#once)'],
  ['a number with a heading stays', '[x](#twice-1)', '[x](#twice-1)'],
  ['a name that the page does not have stays, to be found later', '[x](#no-1)', '[x](#no-1)'],
  [
    'a link to another place stays',
    '[x](https://a.example/b#once-1)',
    '[x](https://a.example/b#once-1)',
  ],
])('%s', (_, before, after) => {
  expect(mended(before)).toBe(after)
})
