import { describe, expect, it } from 'vitest'
import type { Edge, Slo, Status } from '../api/answers.ts'
import { troublesOf } from './troubles.ts'

const nothing = { status: undefined, edges: undefined, slos: undefined, parked: undefined }
const edges = (...standings: string[]): readonly Edge[] =>
  standings.map((standing) => ({ standing }) as Edge)
const status = (standing: string): Status =>
  ({ sources: [{ tenant: 'acme', source: 'hr', standing }], openings: [] }) as unknown as Status
const slo = (state: Slo['state']): Slo => ({ name: 'reduce-complete-2s', state }) as Slo
const tones = (known: Partial<Parameters<typeof troublesOf>[0]>): readonly string[] =>
  troublesOf({ ...nothing, ...known }).map(({ tone }) => tone)

describe('what is shown in red', () => {
  it('is what an alert pages for, and nothing else', () => {
    expect(tones({ slos: [slo('burning')] })).toEqual(['bad'])
    expect(tones({ slos: [slo('breached')] })).toEqual(['warn'])
    expect(tones({ slos: [slo('met'), slo('no-data')] })).toEqual([])
    expect(tones({ status: status('silent') })).toEqual(['bad'])
    expect(tones({ status: status('unheard') })).toEqual(['warn'])
    expect(tones({ status: status('live') })).toEqual([])
  })

  it('counts stale edges among those that are connected', () => {
    const many = Array.from({ length: 19 }, () => 'synced')
    expect(tones({ edges: edges('stale', ...many) })).toEqual(['warn'])
    expect(tones({ edges: edges('stale', 'stale', ...many) })).toEqual(['bad'])
    expect(tones({ edges: edges('disconnected', 'closed') })).toEqual([])
  })

  it('stands first', () => {
    const parked = { counts: [{ records: 2 }], items: [] } as never
    expect(tones({ parked, status: status('silent') })).toEqual(['bad', 'warn'])
  })
})
