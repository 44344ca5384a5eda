import type { EdgesAnswer, Lag, SlosAnswer, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Icon } from '../parts/icon.tsx'
import type { ParkedCounts } from './quarantine-card.tsx'
import { shownFindings } from './shown-findings.ts'

interface Props {
  readonly status: Answer<Status>
  readonly edges: Answer<EdgesAnswer>
  readonly slos: Answer<SlosAnswer>
  readonly parked: Answer<ParkedCounts>
  readonly lag: Answer<Lag>
}

/** The first sentence: whether there is a fault. It reports no fault only if every part has answered. */
export function Headline({ status, edges, slos, parked, lag }: Props): JSX.Element {
  const needed = [status, edges, parked, lag]
  const isUntold =
    needed.some(({ data, problem }) => data === undefined || problem !== undefined) ||
    lag.data?.recording.some(({ behindMs }) => behindMs === null) === true
  const found = shownFindings({
    status: status.data,
    edges: edges.data,
    lag: lag.data,
    parked: parked.data,
    slos: slos.data?.items,
  })
  return (
    <div class="headline" role="status" aria-live="polite">
      {found.length === 0 && (
        <Calm isUntold={isUntold} hasEdges={(edges.data?.items.length ?? 0) > 0} />
      )}
      <ul>
        {found.map(({ id, object, tone, what, effect, place, runbook }) => (
          <li key={`${id} ${object}`} class={tone}>
            <Icon tone={tone} />
            <span>
              <a href={place}>{what}</a>
              <span class="quiet">
                {' '}
                ({effect}) {runbook}
              </span>
            </span>
          </li>
        ))}
        {isUntold && found.length > 0 && (
          <li class="none">
            <Icon tone="none" />
            There can be more: a service did not answer.
          </li>
        )}
      </ul>
    </div>
  )
}

function Calm({
  isUntold,
  hasEdges,
}: {
  readonly isUntold: boolean
  readonly hasEdges: boolean
}): JSX.Element {
  if (isUntold)
    return (
      <p class="none">
        <Icon tone="none" />
        Unknown: not every service has answered.
      </p>
    )
  if (!hasEdges)
    return (
      <p class="none">
        <Icon tone="none" />
        No edge reports: no service enforces these revocations.
      </p>
    )
  return (
    <p class="ok">
      <Icon tone="ok" />
      All fresh.
    </p>
  )
}
