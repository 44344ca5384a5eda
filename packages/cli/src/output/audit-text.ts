import type { AuditReport, Finding, ListedEntry, StreamReport } from '@freshet/audit'
import { decodeAuditEntry } from '@freshet/events'
import type { Colors } from './colors.ts'
import { momentOf } from './moment.ts'
import { printable } from './printable.ts'
import { tableOf } from './table.ts'

/** The result of a verification, for people. */
export function auditText({ streams, ...ignored }: AuditReport, colors: Colors): string {
  const { unauthentic, unknownKeys } = ignored
  return [
    ...streams.map((report) => streamText(report, colors)),
    ...(unauthentic === 0
      ? []
      : [`${unauthentic} records of the topic are signed by nobody, and were passed over`]),
    ...(unknownKeys.length === 0
      ? []
      : [
          printable(
            `heads of keys that were not given were passed over: ${unknownKeys.join(', ')}`,
          ),
        ]),
  ].join('\n')
}

function streamText(report: StreamReport, colors: Colors): string {
  const { stream, from, to, head, finding, pending, isLate } = report
  const verdict = finding === null ? colors.green('agrees') : colors.red('DOES NOT AGREE')
  const span = to < from ? 'no entries' : `entries ${from} to ${to} are as they were`
  const signed =
    head === null ? 'under no signed head' : `signed at ${head.n}, ${momentOf(head.atMs)}`
  const late = 'entries wait to be sealed or published for more than a minute'
  return [
    `${stream} ${verdict}`,
    ...(finding === null ? [] : [`  first bad entry ${finding.n}: ${sentenceOf(finding)}`]),
    `  ${span}; ${signed}; ${pending} wait to be sealed`,
    ...(isLate ? [`  ${colors.yellow(late)}: is the reconciler up?`] : []),
  ].join('\n')
}

function sentenceOf({ what, n, to }: Finding): string {
  switch (what) {
    case 'altered':
      return 'it was changed, or stands in the place of another'
    case 'missing':
      return n === to ? 'it is gone' : `entries ${n} to ${to} are gone`
    case 'rewritten':
      return `one of ${n} to ${to} was changed, and all behind it was hashed anew`
    case 'record':
      return 'the issuance record that it is about was changed'
    case 'pruned':
      return 'what was before it is gone, and no signed head that is old enough says what it was'
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

/** Entries as people read them. */
export function entriesText(entries: readonly ListedEntry[]): string {
  const columns = ['AT', 'STREAM', 'N', 'KIND', 'TENANT', 'BY', 'REF', 'DETAIL']
  return tableOf(
    columns.map((heading) => ({ heading })),
    entries.map(({ stream, n, text, ...found }) => {
      const entry = decodeAuditEntry(text)
      const { by = '', detail = {} } = entry ?? {}
      const about = [found.kind, found.tenant, by, found.ref]
      return [momentOf(found.atMs), stream, String(n), ...about, detailText(detail)]
    }),
  )
}

function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}
