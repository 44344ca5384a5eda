import { UNVERIFIED_SOURCES_MAX, type UnverifiedSources } from '@freshet/wire'
import { expect, it } from 'vitest'
import { unverifiedInGroup } from './unverified-group.ts'

const clean: UnverifiedSources = { isOutOfView: false, sources: [], more: 0 }
const ofHr = (sinceMs?: number): UnverifiedSources['sources'][number] => {
  const hr = { tenant: 'acme', source: 'hr' }
  return sinceMs === undefined ? hr : { ...hr, sinceMs }
}
const iga = { tenant: 'acme', source: 'iga', sinceMs: 5 }
const member = (...sources: UnverifiedSources['sources']) => ({
  unverified: { ...clean, sources },
})

it('the sources that any edge of a group cannot vouch for are named, each since its earliest time', () => {
  const found = unverifiedInGroup([member(ofHr(9)), member(ofHr(7), iga), member()])
  expect(found).toEqual({ ...clean, sources: [ofHr(7), iga] })
  expect(unverifiedInGroup([member(ofHr(9)), member(ofHr())])?.sources).toEqual([ofHr()])
})

it('none is named in a group whose edges vouch for all of them (control)', () => {
  expect(unverifiedInGroup([member(), member()])).toEqual(clean)
})

it('a group whose edges are all of an earlier release has none to name', () => {
  expect(unverifiedInGroup([{}, {}])).toBeUndefined()
  expect(unverifiedInGroup([{}, member(iga)])?.sources).toEqual([iga])
})

it('a list over the limit is cut, and the others are counted', () => {
  const sources = Array.from({ length: UNVERIFIED_SOURCES_MAX + 2 }, (_, n) => {
    return { tenant: `tenant-${n}`, source: 'hr' }
  })
  const half = { unverified: { ...clean, sources: sources.slice(0, 11), more: 3 } }
  const found = unverifiedInGroup([half, member(...sources.slice(11))])
  expect(found?.sources).toHaveLength(UNVERIFIED_SOURCES_MAX)
  expect(found?.more).toBe(5)
})
