import type { EdgesAnswer, Lag, LatencyAnswer, SlosAnswer, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { useServices, useVerdict } from '../health/use-health.ts'
import { PageHead } from '../parts/page-head.tsx'
import { CountsLine } from './counts-line.tsx'
import { EdgesCard } from './edges-card.tsx'
import { LatestMeasured } from './latest-measured.tsx'
import { PipelineCard } from './pipeline-card.tsx'
import { ProbesCard } from './probes-card.tsx'
import { QuarantineCard, type ParkedCounts } from './quarantine-card.tsx'
import { ServicesCard } from './services-card.tsx'
import { SloCards } from './slo-cards.tsx'
import { SourcesCard } from './sources-card.tsx'
import { SpeedLine } from './speed-line.tsx'

const AGAIN_MS = 5_000
const LAST_HOUR = '/v1/latency?stage=complete&hours=1'

/** Below the verdict: how fast a revocation is, the counts, and then the parts, on one screen. */
export function OverviewPage(): JSX.Element {
  const status = useAnswer<Status>('/v1/status', AGAIN_MS)
  const edges = useAnswer<EdgesAnswer>('/v1/edges', AGAIN_MS)
  const slos = useAnswer<SlosAnswer>('/v1/slos', 2 * AGAIN_MS)
  const parked = useAnswer<ParkedCounts>('/v1/quarantine?limit=1', 2 * AGAIN_MS)
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
        parked={parked.data}
        services={services}
        isOld={[status, edges, slos, parked].some(isOutdated)}
      />
      <LatestMeasured slos={slos} />
      <SloCards answer={slos} />
      <div class="grid">
        <div>
          <SourcesCard answer={status} />
          <EdgesCard answer={edges} />
          {services && <ServicesCard services={services} />}
          <QuarantineCard answer={parked} />
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
