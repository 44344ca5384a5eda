import { progressOf, type ProbeRun } from '@freshet/insight'
import { describe, expect, it } from 'vitest'
import { fixedChange } from '../../../test/fixed-status.ts'
import { probeText } from '../../commands/probe.ts'

const start = Date.parse('2026-11-24T10:00:00.000Z')
const own = (step: ProbeRun['marks'][number]['step'], at: string | null, ms: number) =>
  ({ step, at, atMs: start + ms, clock: 'probe' }) as const
const held: ProbeRun = {
  change: 'probe-1',
  broken: null,
  tookMs: 40.4,
  marks: [
    own('grant', null, 0),
    own('mint', null, 9),
    own('allowed', 'sidecar', 12),
    own('accept', null, 14),
    { step: 'append', at: null, atMs: start + 13, clock: 'broker' },
    own('denied', 'sidecar', 54),
    own('restore', null, 55),
  ],
}

describe('a probe', () => {
  it('is printed as a waterfall, each step with its clock', () => {
    expect(probeText(held)).toBe(
      `
STEP                +MS  CLOCK
granted               0  probe
token minted          9  probe
allowed at sidecar   12  probe
removal accepted     14  probe
removal appended     13  broker
refused at sidecar   54  probe
restored             55  probe
refused everywhere 40 ms after the removal was sent
every step succeeded
`.trim(),
    )
  })

  it('that broke names the step, the place and what to ask next', () => {
    const broken = { step: 'apply', at: 'sidecar:2', why: 'not within 10000 ms' } as const
    expect(probeText({ ...held, broken, tookMs: null, marks: [] })).toBe(
      `
broken: applied at sidecar:2: not within 10000 ms
next: freshet change explain probe-1
`.trim(),
    )
  })

  it('reads from the console how far the removal came, and which edges are missing', () => {
    const [first, second] = fixedChange().edges
    if (!first || !second) throw new Error('two edges are needed')
    const late = { ...second, appliedAt: null }
    const gone = { ...late, edge: 'gone', standing: 'disconnected' as const }
    const change = fixedChange({ state: 'published', edges: [first, late, gone] })
    const { stages, missing, isApplied } = progressOf(change)
    expect(stages.map(({ step, edge, clock }) => [step, edge, clock])).toEqual([
      ['append', null, 'broker'],
      ['record', null, 'reconciler'],
      ['publish', null, 'broker'],
      ['apply', 'sidecar', 'edge'],
    ])
    expect([missing, isApplied]).toEqual([['sidecar:2'], false])
  })
})
