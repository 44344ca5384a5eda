import { describe, expect, it } from 'vitest'
import { edgesBehind, oldestView, recordingBehind } from './behind.ts'

const place = { position: '41', head: '41', records: '0' }
const edge = (name: string, behindMs: number | null, standing = 'synced') => ({
  edge: name,
  standing,
  ...place,
  partition: 3,
  behindMs,
})

describe('how far edges are behind', () => {
  it('is told of the one that is most, among those that are connected', () => {
    const edges = [edge('a', 120), edge('b', 340), edge('gone', 90_000, 'disconnected')]
    expect(edgesBehind({ edges })).toBe('340 ms at most, at b')
  })

  it('is never well of one that never heard, and not of none', () => {
    expect(oldestView([edge('a', 120), edge('b', null)])).toMatchObject({ edge: 'b' })
    expect(edgesBehind({ edges: [edge('b', null)] })).toBe('b has never heard partition 3')
    expect(edgesBehind({ edges: [edge('gone', 1, 'closed')] })).toBe('no edge is connected')
  })
})

describe('how far recording is behind', () => {
  const behind = (...each: (number | null)[]): string =>
    recordingBehind({
      recording: each.map((behindMs, partition) => ({ ...place, partition, behindMs })),
    })

  it('is that of the last partition, and not known where one is not', () => {
    expect(behind(0, 0)).toBe('nothing waits')
    expect(behind(0, 1_500)).toBe('1.5 s behind')
    expect(behind(0, null)).toBe('not known: Kafka does not tell')
    expect(behind()).toBe('nothing was ever recorded')
  })
})
