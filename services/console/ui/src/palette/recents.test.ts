import { describe, expect, it } from 'vitest'
import type { Choice } from './choices.ts'
import { forgetRecents, storedRecents, storeRecents, withRecent } from './recents.ts'

const choice = (name: string, more: Partial<Choice> = {}): Choice => ({
  key: name,
  name,
  note: 'change',
  place: `/explain?change=${name}`,
  isFound: true,
  ...more,
})

describe('the recent lines of the palette', () => {
  it('begin with the last one, each once, and are eight at most', () => {
    const names = ['a', 'b', 'a', ...Array.from({ length: 7 }, (_, n) => `c${n}`)]
    const recents = names.reduce<ReturnType<typeof withRecent>>(
      (before, name) => withRecent(before, choice(name)),
      [],
    )
    expect(recents.map(({ name }) => name)).toEqual(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0', 'a'])
  })

  it('have no token, no page, and no text that was not found', () => {
    expect(withRecent([], choice('Explain this token', { token: 'eyJ.a.b' }))).toEqual([])
    expect(withRecent([], choice('eyJhbGciOi', { isFound: false }))).toEqual([])
    expect(Object.keys(withRecent([], choice('a'))[0] ?? {})).toEqual(['name', 'note', 'place'])
  })
})

describe('the stored lines', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  }
  const items = [{ name: 'alice', note: 'subject', place: '/explain?subject=alice' }]

  it('are those of the same person, until the logout', () => {
    storeRecents(storage, { by: 'olga', items })
    expect(storedRecents(storage, 'olga')).toEqual(items)
    expect(storedRecents(storage, 'victor')).toEqual([])
    forgetRecents(storage)
    expect(storedRecents(storage, 'olga')).toEqual([])
  })

  it.each(['{', '{"by":"olga"}', '{"by":"olga","items":[{"place":"//evil.example"}]}', '7'])(
    'are none where the storage has %s',
    (text) => {
      kept.set('freshet-recent', text)
      expect(storedRecents(storage, 'olga')).toEqual([])
    },
  )
})
