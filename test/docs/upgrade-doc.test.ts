import { describe, expect, it } from 'vitest'
import { SERVICES } from '../fleet/replica.ts'
import { allPages, readPage } from './pages.ts'

const PAGE = 'docs/upgrade.md'

/** A sentence that orders the processes of an upgrade. */
const ORDER =
  /\bupgrad(?:e|ing)\b[^.|]*\b(?:reconciler|gateway|edge|sidecar|service|authorit|console)[^.|]*\b(?:first|before|after)\b|\b(?:reconciler|gateway|edge|sidecar|authorit|console)[^.|]*\bcomes? first\b[^.|]*\bupgrade\b/i

/** Returns the sentences of a page, without its line ends and links. */
const sentencesOf = (text: string): readonly string[] =>
  text
    .replaceAll(/\]\([^)]*\)/g, ']')
    .split(/\n(?:\n|(?=[-|#]))/)
    .flatMap((part) => part.replaceAll(/\s+/g, ' ').split(/(?<=[.:])\s/))

const ordersIn = (text: string): readonly string[] =>
  sentencesOf(text).filter((each) => ORDER.test(each))

describe('the order of an upgrade', () => {
  it('is on its page as the suite of the upgrade runs it', () => {
    const [, listed = ''] =
      /Replace the services\*\*, one process at a time, in this order: ([^.]*)\./.exec(
        readPage(PAGE).text.replaceAll(/\s+/g, ' '),
      ) ?? []
    const plurals = listed.split(', ').map((name) => name.split(' ')[0] ?? '')
    const services = plurals.map((name) => name.replace(/ies$/, 'y').replace(/s$/, ''))
    expect(services).toEqual([...SERVICES])
  })

  it('is on no other page', () => {
    const others = allPages().filter(({ path }) => path !== PAGE && path !== 'CHANGELOG.md')
    const orders = others.flatMap(({ path, text }) =>
      ordersIn(text).map((sentence) => `${path}: ${sentence}`),
    )
    expect(orders).toEqual([])
  })

  it.each([
    '- Edges of another version wait.\n  Upgrade the edges before the reconcilers.',
    '- **Upgrade every reconciler first.** It reads.',
    'Edges call no claim fresh, so upgrade edges\nbefore reconcilers.',
    'Builds read 256 KiB: upgrade all services before you publish.',
    'Reconcilers come first, so an upgrade has two\nsteps.',
  ])('control: finds %j', (text) => {
    expect(ordersIn(text)).toHaveLength(1)
  })
})
