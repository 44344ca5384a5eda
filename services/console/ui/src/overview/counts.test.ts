import { describe, expect, it } from 'vitest'
import { countsOf, type Counted } from './counts.ts'

const NOTHING: Counted = {
  status: undefined,
  edges: undefined,
  slos: undefined,
  quarantine: undefined,
}
const textsOf = (counted: object): Readonly<Record<string, string>> =>
  Object.fromEntries(
    countsOf({ ...NOTHING, ...counted }).map(({ name, text, tone }) => [name, `${text} ${tone}`]),
  )

describe('the counts of the overview', () => {
  it('are unknown without an answer, and never good news', () => {
    expect(textsOf({})).toEqual({
      Sources: 'unknown none',
      Edges: 'unknown none',
      Objectives: 'unknown none',
      Quarantine: 'unknown none',
      'Let in too late': 'not measured none',
    })
  })

  it('leave out the sources of probes, which the verdict judges', () => {
    const sources = [
      { tenant: 'acme', standing: 'live' },
      { tenant: 'freshet-probe', standing: 'silent' },
    ]
    expect(textsOf({ status: { sources } })['Sources']).toBe('1/1 ok')
  })

  it('count the services, if the console asks them', () => {
    const items = [{ state: 'ready' }, { state: 'no-answer' }]
    expect(textsOf({ services: { items, isUnknown: false } })['Services']).toBe('1/2 bad')
    expect(textsOf({ services: { items, isUnknown: true } })['Services']).toBe('unknown none')
  })

  it('count the edges of a group, and miss no edge that reported its end', () => {
    const items = ['synced', 'lagging', 'disconnected', 'closed'].map((standing) => ({ standing }))
    expect(textsOf({ edges: { items } })['Edges']).toBe('2/3 bad')
    const groups = [{ standing: 'synced', edges: 600 }]
    expect(textsOf({ edges: { items, groups } })['Edges']).toBe('600/600 ok')
    expect(textsOf({ edges: { items: [] } })['Edges']).toBe('0/0 none')
  })

  it('name the objectives that are not met, and the requests that were let in', () => {
    const slo = { sli: 'other', state: 'met', valid: 1, good: 1, windowDays: 28 }
    const items = [
      { ...slo, name: 'a' },
      { ...slo, name: 'b', state: 'breached' },
      { ...slo, name: 'stale-allows', sli: 'stale-allows', valid: 10, good: 7 },
    ]
    expect(textsOf({ slos: { items } })).toMatchObject({
      Objectives: '2 met, 1 breached bad',
      'Let in too late': '3 requests in 28 d bad',
    })
    const unused = { ...slo, name: 'stale-allows', sli: 'stale-allows', valid: 0, good: 0 }
    expect(textsOf({ slos: { items: [unused] } })['Let in too late']).toBe('no requests yet none')
  })
})
