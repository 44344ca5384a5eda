import { describe, expect, it } from 'vitest'
import type { SourceStatus, PipelineSource } from './pipeline.ts'
import { SourceWatch } from './source-watch.ts'

const view = (status: SourceStatus, source = 'hr', tenant = 'acme'): PipelineSource => ({
  tenant,
  source,
  standing: status,
  throughMs: status === 'unheard' ? null : 1_000,
  leaseMs: 5_000,
  missed: 0,
})

/** The entries at each look, as `kind tenant/source`. */
function entriesAt(
  ...checks: readonly (readonly PipelineSource[])[]
): readonly (readonly string[])[] {
  const watch = new SourceWatch()
  return checks.map((sources) => {
    const entries = watch.entriesOf(sources, 9_000)
    watch.settle(sources)
    return entries.map(({ kind, tenant, ref }) => `${kind} ${tenant}/${ref}`)
  })
}

describe('the watch over sources', () => {
  it('says once that a source fell silent, and once that it is heard again', () => {
    const checks = (['live', 'silent', 'silent', 'live', 'live'] as const).map((each) => [
      view(each),
    ])
    expect(entriesAt(...checks)).toEqual([
      [],
      ['source-silent acme/hr'],
      [],
      ['source-heard acme/hr'],
      [],
    ])
  })

  it.each(['silent', 'hole', 'halted'] as const)(
    'says of one that is %s at its first look',
    (how) => {
      expect(entriesAt([view(how)])).toEqual([['source-silent acme/hr']])
    },
  )

  it('waits for one that never spoke', () => {
    expect(entriesAt([view('unheard')], [view('live')], [view('hole')])).toEqual([
      [],
      [],
      ['source-silent acme/hr'],
    ])
  })

  it('tells tenants and sources apart', () => {
    const before = [view('live'), view('live', 'iga'), view('live', 'hr', 'globex')]
    const after = [view('live'), view('silent', 'iga'), view('halted', 'hr', 'globex')]
    expect(entriesAt(before, after)[1]).toEqual([
      'source-silent acme/iga',
      'source-silent globex/hr',
    ])
  })

  it('names how it stands, up to when it was heard and its lease', () => {
    expect(new SourceWatch().entriesOf([view('hole')], 9_000)).toEqual([
      {
        kind: 'source-silent',
        atMs: 9_000,
        tenant: 'acme',
        ref: 'hr',
        by: 'console',
        detail: { standing: 'hole', through: '1970-01-01T00:00:01.000Z', leaseMs: 5_000 },
      },
    ])
  })

  it('says it again at the next look where it could not be written', () => {
    const watch = new SourceWatch()
    expect(watch.entriesOf([view('silent')], 1)).toHaveLength(1)
    expect(watch.entriesOf([view('silent')], 2)).toHaveLength(1)
    watch.settle([view('silent')])
    expect(watch.entriesOf([view('silent')], 3)).toEqual([])
  })
})
