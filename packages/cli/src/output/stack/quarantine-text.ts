import type {
  ClearAnswer,
  DropAnswer,
  InDoubtJson,
  QuarantinedJson,
  QuarantinedDetail,
  QuarantinedList,
  ReplayAnswer,
} from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const heading = (text: string): { heading: string } => ({ heading: text })

const COLUMNS: readonly TableColumn[] = [
  { heading: 'ID' },
  { heading: 'STATE', kind: 'status' },
  { heading: 'REASON' },
  { heading: 'SOURCE' },
  { heading: 'TENANT', rank: 2 },
  { heading: 'PLACE', rank: 3 },
  { heading: 'FOUND', kind: 'time', rank: 1 },
  { heading: 'ARRIVALS', rank: 4 },
]
const COUNT_COLUMNS: readonly TableColumn[] = [
  { heading: 'REASON' },
  { heading: 'STATE', kind: 'status' },
  { heading: 'RECORDS', align: 'right' },
  { heading: 'OLDEST', kind: 'time' },
]

/** Parked records as a table, below how many there are for each reason. */
export function quarantinedListText(
  { items, counts, next }: QuarantinedList,
  view: View = PLAIN_VIEW,
): string {
  if (items.length === 0) return 'no quarantined record matches'
  const rows = items.map((item) => [
    item.id,
    item.state,
    item.reason,
    sourceText(item),
    item.tenant ?? '-',
    placeText(item),
    item.first.at,
    String(item.arrivals),
  ])
  const more = next === null ? [] : [`more: --after ${printable(next)}`]
  return [countsText(counts, view), '', tableOf(COLUMNS, rows, view), ...more].join('\n')
}

function countsText(counts: QuarantinedList['counts'], view: View): string {
  const rows = counts.map(({ reason, state, records, oldestAt }) => {
    return [reason, state, String(records), oldestAt]
  })
  return tableOf(COUNT_COLUMNS, rows, view)
}

/** The source of a record; in brackets if only the record itself claims it. */
function sourceText({ source, proven }: QuarantinedJson): string {
  if (source === null) return '-'
  return proven ? source : `(${source})`
}

function placeText({ partition, first }: QuarantinedJson): string {
  return `${partition}/${first.offset}`
}

/** One record with everything but its bytes. */
export function quarantinedText(record: QuarantinedDetail): string {
  const { first, last, decided, content } = record
  const lines: [string, string][] = [
    ['record', record.id],
    ['state', stateText(record)],
    ['reason', `${record.reason}: ${record.rule}`],
    ...meaningLines(record),
    ['source', record.proven ? (record.source ?? '-') : unprovenText(record)],
    ['tenant', record.tenant ?? '-'],
    ['change', record.change ?? '-'],
    ['place', `${record.topic} ${placeText(record)}, incarnation ${first.e}`],
    ['found', arrivalsText(first.at, last.at, record.arrivals)],
    ['size', `${record.bytes} bytes`],
    ...(decided ? [['last', deedText(decided)] as [string, string]] : []),
  ]
  const head = lines.map(([name, text]) => `${name.padEnd(8)}${printable(text)}`)
  return [...head, '', ...headersText(content), '', inDoubtText(record.inDoubt)].join('\n')
}

/** The meaning of the reason and the next step, from a console that sends them. */
function meaningLines({ means, remedy }: QuarantinedDetail): [string, string][] {
  return [
    ...(means === undefined ? [] : [['means', means] as [string, string]]),
    ...(remedy === undefined ? [] : [['next', remedy] as [string, string]]),
  ]
}

function stateText({ state, replays, outcome }: QuarantinedJson): string {
  const sent = replays === 0 ? [] : [`sent again ${replays} times`]
  return [state, ...sent, ...(outcome === null ? [] : [outcome])].join(', ')
}

function unprovenText({ source }: QuarantinedJson): string {
  return source === null ? 'unknown' : `${source}, unproven`
}

function arrivalsText(first: string, last: string, arrivals: number): string {
  return arrivals === 1 ? first : `${first}, ${arrivals} times until ${last}`
}

function deedText({ by, at, reason }: NonNullable<QuarantinedJson['decided']>): string {
  return `${by} at ${at}${reason === null ? '' : `: ${reason}`}`
}

function headersText(content: QuarantinedDetail['content']): readonly string[] {
  if (content === null) return ['the quarantine topic does not have its bytes, or not yet']
  const rows = content.headers.map(({ name, bytes, text }) => [name, String(bytes), text ?? '…'])
  const table = tableOf([heading('HEADER'), heading('BYTES'), heading('TEXT')], rows)
  const sizes = `key ${content.keyBytes ?? 'null'}, value ${content.valueBytes ?? 'null'} bytes`
  return [table, content.moreHeaders > 0 ? `and ${content.moreHeaders} more; ${sizes}` : sizes]
}

/** The claims that a record put in doubt, and the events that end the doubt. */
export function inDoubtText({ claims, halted, resolvedBy }: InDoubtJson): string {
  const open = claims.filter(({ settled }) => !settled)
  const rows = open.map(({ subject, claim, settles }) => [
    claim,
    subject ?? 'masked',
    JSON.stringify(settles),
  ])
  const columns = ['IN DOUBT', 'SUBJECT', 'UNTIL A SET SETTLES'].map(heading)
  const parts = [
    ...(open.length === 0 ? [] : [tableOf(columns, rows)]),
    ...halted.map(
      (tenant) => `halted in tenant ${printable(tenant)}: its source, until a complete snapshot`,
    ),
    ...resolvedBy.map((text) => `resolved by: ${printable(text)}`),
  ]
  return parts.length === 0 ? 'no claim is in doubt because of this record' : parts.join('\n')
}

/** The outcome of one record, or the one that it would have. */
export function replayText(answer: ReplayAnswer): string {
  const { id, result } = answer
  const reason = answer.code === undefined ? '' : ` (${answer.code}: ${answer.rule ?? ''})`
  const excluded = answer.code === undefined && answer.rule !== undefined ? ` (${answer.rule})` : ''
  switch (result) {
    case 'taken':
      return printable(`${id}  ${answer.outcome ?? ''}`)
    case 'would':
      return printable(`${id}  would become ${answer.becomes ?? ''}`)
    case 'refused':
      return printable(`${id}  not sent: ${answer.why ?? ''}${reason}${excluded}`)
    case 'parked-again':
      return printable(`${id}  quarantined again${reason}`)
    case 'sent':
      return printable(
        `${id}  sent; ${answer.outcome ?? ''}: run the command again to see the outcome`,
      )
  }
}

/** The result of a drop, and the doubts that stay. */
export function dropText({ id, result, state, decided, inDoubt }: DropAnswer): string {
  const deed = decided ? ` by ${deedText(decided)}` : ''
  const head = result === 'dropped' ? `${id}  dropped` : `${id}  is ${state} already${deed}`
  return [printable(head), inDoubtText(inDoubt)].join('\n')
}

/** The cleared claims, and those that are left. */
export function clearText({ id, items, left: claims, halted }: ClearAnswer): string {
  const cleared = items.map((item) => printable(`${id}  cleared: ${item.claim} by ${item.id}`))
  const lines = cleared.length > 0 ? cleared : [printable(`${id}  none of its claims is in doubt`)]
  const isLeft = claims.length > 0 || halted.length > 0
  return [...lines, ...(isLeft ? [inDoubtText({ claims, halted, resolvedBy: [] })] : [])].join('\n')
}

/** The number of records for each outcome. */
export function replaySummary(answers: readonly ReplayAnswer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const answer of answers) {
    const word = endOf(answer)
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

function endOf({ result, outcome, becomes, why }: ReplayAnswer): string {
  if (result === 'would') return `would become ${becomes ?? ''}`
  if (result === 'refused') return `not sent: ${why ?? ''}`
  return result === 'taken' ? (outcome ?? result) : result
}
