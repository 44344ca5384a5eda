import type { FoundJson } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { choicesFor, placeOfFound, searchedText } from './choices.ts'

const found = (more: Partial<FoundJson>): FoundJson => ({
  kind: 'edge',
  id: 'payments-1',
  tenant: null,
  iss: null,
  note: 'edge, synced',
  ...more,
})
const PAGES = [
  { path: '/', name: 'Overview' },
  { path: '/edges', name: 'Edges' },
]
const KNOWN = { pages: PAGES, recents: [] }
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'

describe('the lines of the palette', () => {
  it('are the pages before a text is typed', () => {
    expect(choicesFor(' ', KNOWN, []).map(({ place }) => place)).toEqual(['/', '/edges'])
  })

  it('begin with the recent things before a text is typed', () => {
    const recents = [{ name: 'alice', note: 'subject', place: '/explain?subject=alice' }]
    const [first, ...others] = choicesFor('', { pages: PAGES, recents }, [])
    expect(first).toMatchObject({ name: 'alice', note: 'subject', isRecent: true })
    expect(others.map(({ place }) => place)).toEqual(['/', '/edges'])
    expect(choicesFor('x', { pages: PAGES, recents }, []).map(({ name }) => name)).toEqual(['x'])
  })

  it('are what the console found, then pages, then the search that says why not', () => {
    const places = choicesFor('ed', KNOWN, [found({ id: 'edge-1' })]).map(({ place }) => place)
    expect(places).toEqual(['/edges?edge=edge-1', '/edges', '/explain?q=ed'])
  })

  it('have a whole token in no address, and the console is not asked for it', () => {
    const [choice, ...others] = choicesFor(`Bearer ${TOKEN}`, KNOWN, [])
    expect(others).toEqual([])
    expect(choice?.token).toBe(TOKEN)
    expect(choice?.place).not.toContain('eyJ')
    expect(searchedText(`Bearer ${TOKEN}`)).toBeUndefined()
    expect(searchedText('alice')).toBe('alice')
  })

  it.each([
    ['subject', { tenant: 'acme', iss: 'i' }, '/explain?subject=x&tenant=acme&iss=i'],
    ['token', {}, '/explain?token=x'],
    ['change', {}, '/explain?change=x'],
    ['edge', {}, '/edges?edge=x'],
    ['client', {}, '/registry?client=x'],
    ['source', {}, '/registry?source=x'],
    ['claim', {}, '/registry?claim=x'],
    ['audience', {}, '/registry?audience=x'],
    ['quarantined', {}, '/quarantine?id=x'],
    ['audit', {}, '/audit?ref=x'],
  ] as const)('lead to a page for each kind: %s', (kind, more, place) => {
    expect(placeOfFound(found({ kind, id: 'x', ...more }))).toBe(place)
  })
})
