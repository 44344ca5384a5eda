import type {
  EdgesAnswer,
  Lag,
  LatencyAnswer,
  SlosAnswer,
  Status,
  EdgeJson,
} from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { useServices, useVerdict } from '../health/use-health.ts'
import { PageHead } from '../parts/page-head.tsx'
import { LatestMeasured } from './latest-measured.tsx'
import { PipelineCard } from './pipeline-card.tsx'
import { ProbesCard } from './probes-card.tsx'
import { QuarantineCard, type QuarantinedCounts } from './quarantine-card.tsx'
import { SloCards } from './slo-cards.tsx'
import { SourcesCard } from './sources-card.tsx'
import { SpeedLine } from './speed-line.tsx'
import { Icon } from '../parts/icon.tsx'
import { countsOf, type Counted } from './counts.ts'
import { Badge } from '../parts/badge.tsx'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import type { ServicesShown } from '../health/services-shown.ts'
import { Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'

const COLUMNS: readonly Column<ServicesShown['items'][number]>[] = [
  { name: 'Service', cell: ({ service }) => service },
  { name: 'Status', cell: ({ state }) => <Badge word={state} /> },
  { name: 'Reason', cell: ({ reason }) => reason ?? '' },
  { name: 'Since', cell: ({ since }) => <Time at={since} />, isTime: true },
]

/** The services that the console asks once a second. Without a present answer, their status is unknown. */
function ServicesCard({ services }: { readonly services: ServicesShown }): JSX.Element {
  const { items, isUnknown, atMs } = services
  return (
    <section class="card" id="services">
      <h2>Services</h2>
      {isUnknown && <Unknown atMs={atMs} />}
      {!(isUnknown && items.length === 0) && (
        <div class={isUnknown ? 'outdated' : undefined}>
          <Table
            caption="Services"
            columns={COLUMNS}
            rows={items}
            keyOf={({ service }) => service}
            empty="The console asks no service."
          />
        </div>
      )}
    </section>
  )
}

function Unknown({ atMs }: Pick<ServicesShown, 'atMs'>): JSX.Element {
  return (
    <p role="status">
      <Badge word="unknown" />{' '}
      {atMs === null ? (
        'The console has not answered about its services yet.'
      ) : (
        <>
          The last answer is from <Time at={atMs} isClock /> (<Time at={atMs} />
          ).
        </>
      )}
    </p>
  )
}

const AGAIN_MS = 5_000
const LAST_HOUR = '/v1/latency?stage=complete&hours=1'

/** Below the verdict: how fast a revocation is, the counts, and then the parts, on one screen. */
export function OverviewPage(): JSX.Element {
  const status = useAnswer<Status>('/v1/status', AGAIN_MS)
  const edges = useAnswer<EdgesAnswer>('/v1/edges', AGAIN_MS)
  const slos = useAnswer<SlosAnswer>('/v1/slos', 2 * AGAIN_MS)
  const quarantine = useAnswer<QuarantinedCounts>('/v1/quarantine?limit=1', 2 * AGAIN_MS)
  const lag = useAnswer<Lag>('/v1/lag', AGAIN_MS)
  const services = useServices()
  const verdict = useVerdict()
  const latency = useAnswer<LatencyAnswer>(LAST_HOUR, 2 * AGAIN_MS)
  return (
    <>
      <PageHead title="Overview" commands={{ cli: 'status', path: '/v1/health' }} />
      <SpeedLine latency={latency} status={status} isFresh={verdict?.state === 'fresh'} />
      <CountsLine
        status={status.data}
        edges={edges.data}
        slos={slos.data}
        quarantine={quarantine.data}
        services={services}
        isOld={[status, edges, slos, quarantine].some(isOutdated)}
      />
      <LatestMeasured slos={slos} />
      <SloCards answer={slos} />
      <div class="grid">
        <div>
          <SourcesCard answer={status} />
          <EdgesCard answer={edges} />
          {services && <ServicesCard services={services} />}
          <QuarantineCard answer={quarantine} />
        </div>
        <div>
          <PipelineCard answer={status} lag={lag} />
          <ProbesCard status={status} lag={lag} />
        </div>
      </div>
    </>
  )
}

function isOutdated({ isOld, problem }: Pick<Answer<unknown>, 'isOld' | 'problem'>): boolean {
  return isOld || problem !== undefined
}

interface Props extends Counted {
  /** One of the answers is old. */
  readonly isOld: boolean
}

/** The counts, each the way to its page. */
function CountsLine({ isOld, ...counted }: Props): JSX.Element {
  return (
    <ul class={`figures counted ${isOld ? 'outdated' : ''}`}>
      {countsOf(counted).map(({ name, text, tone, place }) => (
        <li key={name} class={tone}>
          <a href={place}>
            {tone !== 'ok' && <Icon tone={tone} />} {name} <strong>{text}</strong>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** The number of edges in each status. */
function EdgesCard({ answer }: { readonly answer: Answer<EdgesAnswer> }): JSX.Element {
  return (
    <section class="card">
      <h2>
        <a href="/edges">Edges</a>
      </h2>
      <Answered answer={answer} what="the edges">
        {({ items, groups = [] }) =>
          items.length === 0 ? (
            <p class="empty">No edge reported within the last hour.</p>
          ) : (
            <Counts edges={groups.length === 0 ? items : groups} />
          )
        }
      </Answered>
    </section>
  )
}

function Counts({ edges }: { readonly edges: readonly EdgeJson[] }): JSX.Element {
  const counts = new Map<string, number>()
  for (const { standing, edges: group } of edges)
    counts.set(standing, (counts.get(standing) ?? 0) + (group ?? 1))
  return (
    <ul class="counts">
      {[...counts].map(([status, count]) => (
        <li key={status}>
          <a href={placeOf('/edges', { standing: status })}>
            <span class="big">{count}</span>
            <Badge word={status} />
          </a>
        </li>
      ))}
    </ul>
  )
}
