import type { AuditReport, ChainFinding, ListedEntry, StreamReport } from '@freshet/audit'
import { chainStart, encodeAuditEntry } from '@freshet/wire'
import { auditEntry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { auditText, entriesText, entryJson, reportJson } from './audit-text.ts'
import { colorsFor } from '../view.ts'

const plain = colorsFor({}, {})
const start = chainStart('control')
const head = { ...start, n: 8n, stream: 'control' as const, atMs: 1_795_514_400_000 }

function report(more: Partial<StreamReport> = {}, ignored: Partial<AuditReport> = {}): AuditReport {
  const same = { from: 1n, to: 10n, head, finding: null, pending: 2, isLate: false }
  const streams = [{ stream: 'control' as const, ...same, ...more }]
  return { streams, unauthentic: 0, unknownKeys: [], ...ignored }
}
const foundText = (finding: ChainFinding): string => auditText(report({ finding }), plain)

describe('what was verified', () => {
  it('is printed in two lines if nothing was found', () => {
    expect(auditText(report(), plain)).toBe(
      'control agrees\n' +
        '  entries 1 to 10 are unchanged; signed at 8, 2026-11-24T10:00:00Z; 2 wait to be sealed',
    )
  })

  it.each([
    ['first bad entry 3: it was changed', { what: 'altered', n: 3n, to: 3n }],
    ['first bad entry 3: it is missing', { what: 'missing', n: 3n, to: 3n }],
    ['first bad entry 3: entries 3 to 5 are missing', { what: 'missing', n: 3n, to: 5n }],
    ['first bad entry 5: one of 5 to 8 was changed', { what: 'rewritten', n: 5n, to: 8n }],
    ['first bad entry 3: its issuance record was changed', { what: 'record', n: 3n, to: 3n }],
    ['first bad entry 5: earlier entries are missing', { what: 'pruned', n: 5n, to: 5n }],
  ] as const)('names the first bad entry: %s', (text, finding) => {
    expect(foundText(finding)).toContain(text)
  })

  it('shows that no process seals, that no head is signed, and the ignored records', () => {
    const text = auditText(
      report({ head: null, isLate: true, to: 0n }, { unauthentic: 4, unknownKeys: ['audit-0\n'] }),
      plain,
    )
    expect(text).toContain('no entries; under no signed head')
    expect(text).toContain('for more than a minute')
    expect(text).toContain('4 records of the topic')
    expect(text).toContain('heads signed by unknown keys were ignored: audit-0�')
  })

  it('is data with entries as decimal strings', () => {
    expect(reportJson(report({ finding: { what: 'altered', n: 3n, to: 3n } }))).toMatchObject({
      streams: [
        { agrees: false, firstBad: { what: 'altered', n: '3' }, from: '1', head: { n: '8' } },
      ],
      unauthentic: 0,
    })
  })
})

describe('entries', () => {
  const entry = auditEntry(1)
  const { kind, tenant, ref, atMs } = entry
  const found = { stream: 'control' as const, n: 1n, hash: start.hash, kind, tenant, ref, atMs }
  const listed: ListedEntry = { ...found, text: encodeAuditEntry(entry) }

  it('stand in a table with what is known of them', () => {
    const [, line] = entriesText([listed], true).split('\n')
    expect(line).toMatch(
      /control +1 +cut-off-ordered +acme +ann +deny-token-1 +op=deny scope=token/,
    )
  })

  it('are data as they are stored, also of a build that knew more', () => {
    expect(entryJson(listed)).toMatchObject({ n: '1', kind, detail: { op: 'deny' } })
    expect(entryJson({ ...listed, text: '{"kind":"x"}' })).toMatchObject({ text: '{"kind":"x"}' })
  })
})
