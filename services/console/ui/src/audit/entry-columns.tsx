import type { AuditEntryJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Id } from '../copy/id.tsx'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { factName } from './fact-name.ts'
import { useCopy } from '../copy/use-copy.ts'
import { Glyph } from '../parts/glyph.tsx'

/** A digest in base64url or hex. */
const HASH = /^(sha256:)?([\w-]{43}|[0-9a-f]{64})$/

/** A moment as the wire has it. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** The columns of a sealed entry. */
export const ENTRY_COLUMNS: readonly Column<AuditEntryJson>[] = [
  { name: 'At', cell: ({ at }) => <Time at={at} />, isTime: true },
  {
    name: 'Kind',
    isLead: true,
    cell: ({ kind }) => <a href={placeOf('/audit', { kind })}>{kind.replaceAll('-', ' ')}</a>,
  },
  { name: 'By', cell: ({ by }) => by ?? 'not readable by this build' },
  { name: 'About', cell: (entry) => <About entry={entry} /> },
  { name: 'Tenant', cell: ({ tenant }) => (tenant === '*' ? 'every' : tenant) },
  { name: 'Details', cell: ({ detail }) => <Details detail={detail} /> },
  {
    name: 'Entry',
    cell: ({ stream, n, hash }) => (
      <>
        {stream} {n} <CopyHash hash={hash} name={`${stream} ${n}`} />
      </>
    ),
    isFigure: true,
  },
]

/** The object of an entry, if another page shows more. */
function About({ entry: { kind, ref } }: { readonly entry: AuditEntryJson }): JSX.Element {
  if (kind.startsWith('token-') || kind === 'access-decided')
    return <Id id={ref} href={placeOf('/explain', { token: ref })} />
  if (kind.startsWith('quarantine-'))
    return <Id id={ref} href={placeOf('/quarantine', { id: ref })} />
  if (kind.endsWith('-applied') || kind === 'change-refused')
    return <Id id={ref} href={placeOf('/explain', { change: ref })} />
  if (HASH.test(ref))
    return (
      <>
        digest <CopyHash hash={ref} name="the subject" />
      </>
    )
  return <>{ref}</>
}

function Details({ detail }: Pick<AuditEntryJson, 'detail'>): JSX.Element {
  const facts = Object.entries(detail ?? {}).filter(([, fact]) => fact !== null)
  return (
    <>
      {facts.map(([name, fact], index) => (
        <span key={name}>
          {index > 0 && ', '}
          {factName(name)} <Fact name={name} fact={fact} />
        </span>
      ))}
    </>
  )
}

function Fact({
  name,
  fact,
}: {
  readonly name: string
  readonly fact: string | number | boolean | null
}): JSX.Element {
  if (typeof fact === 'number' && name.endsWith('Ms')) return <>{spanOf(fact)}</>
  if (typeof fact !== 'string') return <>{String(fact)}</>
  if (HASH.test(fact)) return <CopyHash hash={fact} name={name} />
  return MOMENT.test(fact) ? <Time at={fact} isClock /> : <>{fact}</>
}

interface Props {
  readonly hash: string
  /** The name of the hash, for the label of the button. */
  readonly name: string
}

/** A hash behind a button: no person reads it, and a command compares it. */
function CopyHash({ hash, name }: Props): JSX.Element {
  const [outcome, copy] = useCopy(hash)
  return (
    <span class="id">
      <button
        type="button"
        class="plain copy"
        onClick={copy}
        title={hash}
        aria-label={`Copy the hash of ${name}`}
      >
        <Glyph name={outcome === 'copied' ? 'done' : 'copy'} />
      </button>
      <span class="hidden" role="status">
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'Copying is not allowed'}
      </span>
    </span>
  )
}
