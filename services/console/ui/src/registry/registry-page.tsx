import type { RegistryAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Facts } from '../parts/facts.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { spanOf } from '../parts/words.ts'
import { Findings } from './findings.tsx'
import { UsageSection } from './usage-section.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../parts/id.tsx'

type Rows<K extends 'claims' | 'sources' | 'audiences' | 'versions'> = readonly Column<
  RegistryAnswer[K][number]
>[]

const CLAIMS: Rows<'claims'> = [
  { name: 'Claim', cell: ({ claim, description }) => <span title={description}>{claim}</span> },
  { name: 'Source', cell: ({ source }) => source },
  { name: 'Owner', cell: ({ owner }) => owner },
  { name: 'Kind', cell: ({ kind }) => kind },
  { name: 'Class', cell: (claim) => claim.class },
  { name: 'Longest life', cell: ({ maxTtlMs }) => spanOf(maxTtlMs), isFigure: true },
  { name: 'Unverified', cell: ({ onUnverified }) => onUnverified },
  { name: 'Audiences', cell: ({ audiences }) => audiences.join(', ') || 'none' },
]

const SOURCES: Rows<'sources'> = [
  { name: 'Source', cell: ({ source }) => source },
  { name: 'Owner', cell: ({ owner }) => owner },
  { name: 'Contact', cell: ({ contact }) => contact },
  { name: 'Ordering', cell: ({ ordering }) => ordering },
  { name: 'Lease', cell: ({ leaseMs }) => spanOf(leaseMs), isFigure: true },
]

const AUDIENCES: Rows<'audiences'> = [
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Claims', cell: ({ claims }) => claims.join(', ') },
  { name: 'Life', cell: ({ ttlMs }) => spanOf(ttlMs), isFigure: true },
  {
    name: 'Routes',
    cell: ({ routes }) =>
      routes
        .map(({ route, risk }) => (risk === 'high' ? `${route} (high risk)` : route))
        .join(', ') || 'none',
  },
]

const VERSIONS: Rows<'versions'> = [
  { name: 'Version', cell: ({ version }) => version, isFigure: true },
  { name: 'Published', cell: ({ published }) => <Done {...published} /> },
  {
    name: 'Activated',
    cell: ({ ordered }) => (ordered === null ? 'no' : <Done {...ordered} />),
  },
]

/** The time of an order, its admin, and the reason if it has one. */
function Done({ at, by, reason }: { at: string; by: string; reason?: string | null }): JSX.Element {
  return (
    <>
      <Time at={at} /> by {by}
      {reason && `: ${reason}`}
    </>
  )
}

/** The owner, the source and the receivers of each claim, and its use. */
export function RegistryPage(): JSX.Element {
  const answer = useAnswer<RegistryAnswer>('/v1/registry')
  return (
    <>
      <PageHead title="Registry" commands={{ cli: 'registry show', path: '/v1/registry' }} />
      <Told answer={answer} what="the registry">
        {(registry) => (
          <>
            <Facts facts={factsOf(registry)} />
            <Findings findings={registry.findings} />
            <Part
              title="Claims"
              rows={registry.claims}
              columns={CLAIMS}
              keyOf={({ claim }) => claim}
            />
            <Part
              title="Sources"
              rows={registry.sources}
              columns={SOURCES}
              keyOf={({ source }) => source}
            />
            <Part
              title="Audiences"
              rows={registry.audiences}
              columns={AUDIENCES}
              keyOf={({ audience }) => audience}
            />
            <UsageSection />
            <Part
              title="Versions"
              rows={registry.versions}
              columns={VERSIONS}
              keyOf={({ version }) => String(version)}
            />
          </>
        )}
      </Told>
    </>
  )
}

interface PartProps<T> {
  readonly title: string
  readonly rows: readonly T[]
  readonly columns: readonly Column<T>[]
  readonly keyOf: (row: T) => string
}

function Part<T>({ title, rows, columns, keyOf }: PartProps<T>): JSX.Element {
  return (
    <section class="card">
      <h2>{title}</h2>
      <Table
        caption={title}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        empty={`The registry names no ${title.toLowerCase()}.`}
      />
    </section>
  )
}

function factsOf({
  version,
  hash,
  account,
  cutOffs,
  ordered,
}: RegistryAnswer): Parameters<typeof Facts>[0]['facts'] {
  return {
    Version: String(version),
    Hash: <Id id={hash} />,
    'Account source': account,
    'Cut-off sources': cutOffs.join(', '),
    Activated: ordered && <Done {...ordered} />,
  }
}
