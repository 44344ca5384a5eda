import {
  joinActivations,
  readEntries,
  type AuditReport,
  type ChainFinding,
  type ListedEntry,
  type StreamReport,
} from '@freshet/audit'
import { decodeAuditEntry } from '@freshet/wire'
import { type Colors, PLAIN_VIEW, type View } from '../view.ts'
import { momentOf } from '../age.ts'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { numberOf } from '../number-of.ts'

const ENTRY_COLUMNS: readonly TableColumn[] = [
  { heading: 'AT', kind: 'time' },
  { heading: 'STREAM', rank: 4 },
  { heading: 'N', rank: 3 },
  { heading: 'KIND' },
  { heading: 'TENANT', rank: 2 },
  { heading: 'BY', rank: 1 },
  { heading: 'REF', kind: 'free' },
  { heading: 'DETAIL', kind: 'free', rank: 5 },
]

/** The result of a verification, for people. */
export function auditText({ streams, ...ignored }: AuditReport, colors: Colors): string {
  const { unauthentic, unknownKeys } = ignored
  return [
    ...streams.map((report) => streamText(report, colors)),
    ...(unauthentic === 0
      ? []
      : [`${numberOf(unauthentic, 'record')} of the topic without a valid signature ignored`]),
    ...(unknownKeys.length === 0
      ? []
      : [printable(`heads signed by unknown keys were ignored: ${unknownKeys.join(', ')}`)]),
  ].join('\n')
}

function streamText(report: StreamReport, colors: Colors): string {
  const { stream, from, to, head, finding, pending, isLate } = report
  const verdict = finding === null ? colors.green('agrees') : colors.red('DOES NOT AGREE')
  const span = to < from ? 'no entries' : `entries ${from} to ${to} are unchanged`
  const signed =
    head === null ? 'under no signed head' : `signed at ${head.n}, ${momentOf(head.atMs)}`
  const late = 'entries have waited for more than a minute to be sealed or published'
  return [
    `${stream} ${verdict}`,
    ...(finding === null ? [] : [`  first bad entry ${finding.n}: ${sentenceOf(finding)}`]),
    `  ${span}; ${signed}; ${pending} wait to be sealed`,
    ...(isLate ? [`  ${colors.yellow(late)}: is the reconciler up?`] : []),
  ].join('\n')
}

function sentenceOf({ what, n, to }: ChainFinding): string {
  switch (what) {
    case 'altered':
      return 'it was changed or replaced'
    case 'missing':
      return n === to ? 'it is missing' : `entries ${n} to ${to} are missing`
    case 'rewritten':
      return `one of ${n} to ${to} was changed, and all later entries were hashed again`
    case 'record':
      return 'its issuance record was changed'
    case 'pruned':
      return 'earlier entries are missing, and no signed head proves their content'
  }
}

/** The result of a verification, for programs; numbers of entries are decimal strings. */
export function reportJson({ streams, unauthentic, unknownKeys }: AuditReport): {
  readonly streams: readonly object[]
} {
  const items = streams.map(({ stream, from, to, head, finding, pending, isLate }) => ({
    stream,
    agrees: finding === null,
    firstBad: finding && { what: finding.what, n: String(finding.n), to: String(finding.to) },
    from: String(from),
    to: String(to),
    head: head && { n: String(head.n), hash: head.hash, at: new Date(head.atMs).toISOString() },
    pending,
    late: isLate,
  }))
  return Object.assign({ streams: items }, { unauthentic, unknownKeys })
}

/** An entry as programs read it. */
export function entryJson({ stream, n, text, hash }: ListedEntry): object {
  const entry: unknown = decodeAuditEntry(text) === undefined ? { text } : JSON.parse(text)
  return { stream, n: String(n), hash, ...Object(entry) }
}

/** Entries as people read them; `isBrief`: an activation in all partitions is one. */
export function entriesText(
  entries: readonly ListedEntry[],
  isBrief: boolean,
  view: View = PLAIN_VIEW,
): string {
  const read = readEntries(entries)
  return tableOf(
    ENTRY_COLUMNS,
    (isBrief ? joinActivations(read) : read).map(({ stream, n, by, detail, ...found }) => {
      const about = [found.kind, found.tenant, by ?? '', found.ref]
      return [momentOf(found.atMs), stream, String(n), ...about, detailText(detail ?? {})]
    }),
    view,
  )
}

function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}
