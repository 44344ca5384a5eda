import type { EdgeJson } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { edgesBehind, oldestView, recordingBehind } from './behind.ts'

const place = { position: '41', head: '41', records: '0' }
const edge = (name: string, behindMs: number | null, status: EdgeJson['standing'] = 'synced') => ({
  edge: name,
  standing: status,
  ...place,
  partition: 3,
  behindMs,
})

describe('the lag of edges', () => {
  it('is that of the worst edge among the connected ones', () => {
    const edges = [edge('a', 120), edge('b', 340), edge('gone', 90_000, 'disconnected')]
    expect(edgesBehind({ edges })).toBe('340 ms at most, at b')
  })

  it('is unknown for an edge that received nothing, and without an edge', () => {
    expect(oldestView([edge('a', 120), edge('b', null)])).toMatchObject({ edge: 'b' })
    expect(edgesBehind({ edges: [edge('b', null)] })).toBe('b has received nothing of partition 3')
    expect(edgesBehind({ edges: [edge('gone', 1, 'closed')] })).toBe('no edge is connected')
  })
})

describe('the lag of recording', () => {
  const behind = (...each: (number | null)[]): string =>
    recordingBehind({
      recording: each.map((behindMs, partition) => ({ ...place, partition, behindMs })),
    })

  it('is that of the worst partition, and unknown if one is unknown', () => {
    expect(behind(0, 0)).toBe('no lag')
    expect(behind(0, 1_500)).toBe('1.5 s lag')
    expect(behind(0, null)).toBe('unknown: Kafka does not answer')
    expect(behind()).toBe('no record was processed yet')
  })
})
