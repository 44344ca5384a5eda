import { describe, expect, it } from 'vitest'
import { colorsFor } from '../view.ts'
import { fixedEvidence, fixedRow, fixedCause } from '../../../test/fixed-status.ts'
import { evidenceMarkdown, evidenceText } from './evidence-text.ts'

const report = fixedEvidence([
  fixedRow(),
  fixedRow({ row: 'ac-3.8-edges', verdict: 'unknown', value: null, detail: 'no edge reports' }),
  fixedRow({
    row: 'other',
    framework: 'Another',
    id: 'A-1',
    title: 'a | b',
    verdict: 'red',
    value: 33.333,
  }),
])

describe('the report', () => {
  it('has the verdict of its time', () => {
    const health = { state: 'not-fresh', since: null, asOf: null, causes: [fixedCause] } as const
    expect(evidenceMarkdown({ ...report, health })).toContain(
      'The verdict is not-fresh: reconciler does not answer.',
    )
  })

  it('reads by framework, each row with its figure, time, limit and command', () => {
    expect(evidenceText(report, colorsFor({}, {}))).toBe(
      `Measured 2026-11-24T10:00:00.000Z under policy version 3 (hash).

NIST SP 800-53 Rev. 5
  ✓ green AC-3(8)  Each source is heard.
      0 sources out of lease, 2026-11-24T10:00:00.000Z (limit: none)
      3 of 3 sources are within their leases
      freshet status
  ? unknown AC-3(8)  Each source is heard.
      no figure, 2026-11-24T10:00:00.000Z (limit: none)
      no edge reports
      freshet status

Another
  ✗ red A-1  Each source is heard.
      33.3 sources out of lease, 2026-11-24T10:00:00.000Z (limit: none)
      3 of 3 sources are within their leases
      freshet status

1 green, 1 red, 1 unknown`,
    )
  })

  it('is a page of tables, in which no text ends a cell', () => {
    expect(evidenceMarkdown(report)).toBe(
      `# Evidence

Measured 2026-11-24T10:00:00.000Z under policy version 3 (hash).

## NIST SP 800-53 Rev. 5

| control | what is claimed | now | limit | verdict | shown by |
| --- | --- | --- | --- | --- | --- |
| AC-3(8) Revocation | Each source is heard. | 0 sources out of lease, 2026-11-24T10:00:00.000Z; 3 of 3 sources are within their leases | none | **green** | \`freshet status\` |
| AC-3(8) Revocation | Each source is heard. | no figure, 2026-11-24T10:00:00.000Z; no edge reports | none | **unknown** | \`freshet status\` |

## Another

| control | what is claimed | now | limit | verdict | shown by |
| --- | --- | --- | --- | --- | --- |
| A-1 a \\| b | Each source is heard. | 33.3 sources out of lease, 2026-11-24T10:00:00.000Z; 3 of 3 sources are within their leases | none | **red** | \`freshet status\` |

1 green, 1 red, 1 unknown
`,
    )
  })
})
