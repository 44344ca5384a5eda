import type { EdgesAnswer, Lag, SlosAnswer, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { PageHead } from '../parts/page-head.tsx'
import { EdgesCard } from './edges-card.tsx'
import { Headline } from './headline.tsx'
import { LatestMeasured } from './latest-measured.tsx'
import { PipelineCard } from './pipeline-card.tsx'
import { ProbesCard } from './probes-card.tsx'
import { QuarantineCard, type ParkedCounts } from './quarantine-card.tsx'
import { SloCards } from './slo-cards.tsx'
import { SourcesCard } from './sources-card.tsx'

const AGAIN_MS = 5_000

/** Is it fresh now, how much budget is left, who is behind: on one screen. */
export function OverviewPage(): JSX.Element {
  const status = useAnswer<Status>('/v1/status', AGAIN_MS)
  const edges = useAnswer<EdgesAnswer>('/v1/edges', AGAIN_MS)
  const slos = useAnswer<SlosAnswer>('/v1/slos', 2 * AGAIN_MS)
  const parked = useAnswer<ParkedCounts>('/v1/quarantine?limit=1', 2 * AGAIN_MS)
  const lag = useAnswer<Lag>('/v1/lag', AGAIN_MS)
  return (
    <>
      <PageHead title="Overview" commands={{ cli: 'status', path: '/v1/status' }} />
      <Headline status={status} edges={edges} slos={slos} parked={parked} lag={lag} />
      <LatestMeasured slos={slos} />
      <SloCards answer={slos} />
      <div class="grid">
        <div>
          <SourcesCard answer={status} />
          <EdgesCard answer={edges} />
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
