import type { RegistryAnswer, UsageAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { Facts } from '../parts/facts.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { spanOf } from '../parts/words.ts'
import { RegistryDrawing } from './registry-drawing.tsx'
import { RegistryFile } from './registry-file.tsx'
import { VersionsDiff } from './versions-diff.tsx'
import { Time } from '../parts/time.tsx'
import type { Place } from '../shell/route.ts'
import { Id } from '../copy/id.tsx'
import { Icon } from '../parts/icon.tsx'
import { CopyAs } from '../copy/copy-as.tsx'

type Audience = UsageAnswer['items'][number]
type Use = Pick<Audience, 'audience' | 'since'> & Audience['claims'][number]

const NOT_FOUND = 404
const WORDS: Readonly<Record<string, string>> = {
  used: 'used',
  unnamed: 'judged, but no route declared its claims',
  kept: 'not used, but a declared route requires it',
  unused: 'never used',
  descriptive: 'descriptive: edges cannot count its use',
  'no-data': 'no data',
}

const COLUMNS: readonly Column<Use>[] = [
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Claim', cell: ({ claim }) => claim },
  { name: 'Decisions', cell: ({ decisions }) => decisions.toLocaleString('en'), isFigure: true },
  {
    name: 'Use',
    cell: ({ state, isWide }) =>
      `${WORDS[state] ?? state}${isWide ? '; tokens carry far more than is needed' : ''}`,
  },
  { name: 'Counted since', cell: ({ since }) => since ?? 'nothing was counted' },
]

/** Which claims services use, as their edges counted. */
function UsageSection(): JSX.Element {
  const answer = useAnswer<UsageAnswer>('/v1/registry/usage')
  return (
    <section class="card">
      <h2>Usage</h2>
      {answer.data === undefined && answer.problem?.status === NOT_FOUND ? (
        <p class="empty">Usage is not measured yet.</p>
      ) : (
        <Answered answer={answer} what="the usage">
          {({ items }) => (
            <Table
              caption="Usage of claims"
              columns={COLUMNS}
              rows={rowsOf(items)}
              keyOf={({ audience, claim }) => `${audience}/${claim}`}
              empty="No audience carries a claim."
            />
          )}
        </Answered>
      )}
      <CopyAs cli="registry usage" path="/v1/registry/usage" />
    </section>
  )
}

function rowsOf(items: UsageAnswer['items']): readonly Use[] {
  return items.flatMap(({ audience, since, claims }) =>
    claims.map((claim) => ({ audience, since, ...claim })),
  )
}

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

type ClientRow = Readonly<Record<string, unknown>>

const CLIENTS: readonly Column<ClientRow>[] = [
  { name: 'Client', cell: ({ client }) => textOf(client) },
  { name: 'Audiences', cell: ({ audiences }) => textOf(audiences) },
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
export function RegistryPage({ place }: { readonly place: Place }): JSX.Element {
  const answer = useAnswer<RegistryAnswer>('/v1/registry')
  return (
    <>
      <PageHead title="Registry" commands={{ cli: 'registry show', path: '/v1/registry' }} />
      <Answered answer={answer} what="the registry">
        {(registry) => <Parts registry={registry} only={(part) => place.query.get(part)} />}
      </Answered>
    </>
  )
}

interface PartsProps {
  readonly registry: RegistryAnswer
  /** Returns the one name of a part that is shown; `null`: all of them. */
  readonly only: (part: string) => string | null
}

function Parts({ registry, only }: PartsProps): JSX.Element {
  const { claims, sources, audiences, clients, versions } = registry
  return (
    <>
      <Facts facts={factsOf(registry)} />
      <Findings findings={registry.findings} />
      <RegistryDrawing registry={registry} />
      <Part
        {...{ title: 'Claims', rows: claims, columns: CLAIMS, only: only('claim') }}
        keyOf={({ claim }) => claim}
      />
      <Part
        {...{ title: 'Sources', rows: sources, columns: SOURCES, only: only('source') }}
        keyOf={({ source }) => source}
      />
      <Part
        {...{ title: 'Audiences', rows: audiences, columns: AUDIENCES, only: only('audience') }}
        keyOf={({ audience }) => audience}
      />
      <Part
        {...{ title: 'Clients', rows: clients, columns: CLIENTS, only: only('client') }}
        keyOf={({ client }) => textOf(client)}
      />
      <UsageSection />
      <RegistryFile version={registry.version} versions={versions} />
      <VersionsDiff versions={versions} />
      <Part
        {...{ title: 'Versions', rows: versions, columns: VERSIONS }}
        keyOf={({ version }) => String(version)}
      />
    </>
  )
}

interface PartProps<T> {
  readonly title: string
  readonly rows: readonly T[]
  readonly columns: readonly Column<T>[]
  readonly keyOf: (row: T) => string
  /** Shows the row with this key alone. */
  readonly only?: string | null
}

function Part<T>({ title, rows, columns, keyOf, only = null }: PartProps<T>): JSX.Element {
  const shown = only === null ? rows : rows.filter((row) => keyOf(row) === only)
  const place = useRef<HTMLElement>(null)
  useEffect(() => {
    if (only !== null) place.current?.scrollIntoView()
  }, [only])
  return (
    <section class="card" ref={place}>
      <div class="section-head">
        <h2>{title}</h2>
        {only !== null && (
          <span class="quiet">
            only {only} (<a href="/registry">show all</a>)
          </span>
        )}
      </div>
      <Table
        caption={title}
        columns={columns}
        rows={shown}
        keyOf={keyOf}
        empty={`The registry names no ${only === null ? title.toLowerCase() : only}.`}
      />
    </section>
  )
}

/** A member whose form an older console does not describe. */
function textOf(member: unknown): string {
  if (Array.isArray(member)) return member.map(String).join(', ') || 'none'
  return typeof member === 'string' ? member : ''
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

/** The findings of lint about the active registry. */
function Findings({ findings }: Pick<RegistryAnswer, 'findings'>): JSX.Element {
  if (findings.length === 0) {
    return (
      <p class="note ok">
        <Icon tone="ok" />
        Lint found no problem.
      </p>
    )
  }
  return (
    <section class="card">
      <h2>Lint</h2>
      <ul class="findings">
        {findings.map(({ code, severity, place, message }) => (
          <li key={`${code} ${place}`} class={severity === 'error' ? 'bad' : 'warn'}>
            <Icon tone={severity === 'error' ? 'bad' : 'warn'} />
            <span>
              <code>{place}</code> {message} <span class="quiet">{code}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
