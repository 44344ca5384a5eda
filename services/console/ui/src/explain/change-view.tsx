import type { TimelineJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { Facts } from '../parts/facts.tsx'
import { Person } from '../parts/person.tsx'
import { completeAfter, edgesIn } from '../parts/edge-words.ts'
import { countOf, whatOf, spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { RawJson } from './raw-json.tsx'
import { Waterfall } from './waterfall.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'
import { Icon } from '../parts/icon.tsx'

/** The way of one change, and what is known of it. */
export function ChangeView({ change }: { readonly change: TimelineJson }): JSX.Element {
  return (
    <>
      <div class="section-head">
        <h2>
          <Id id={change.id} />
        </h2>
        <Badge word={change.state} />
        <span class="quiet">{meaningOf(change)}</span>
      </div>
      <div class="two">
        <Waterfall change={change} />
        <aside>
          <Facts facts={factsOf(change)} />
          <ExposureNote change={change} />
          <RawJson value={change} />
        </aside>
      </div>
    </>
  )
}

function factsOf(change: TimelineJson): Parameters<typeof Facts>[0]['facts'] {
  const { position, subject } = change
  const { e, partition, offset } = position
  return {
    What: whatOf(change),
    Subject: linkTo(change, <Person subject={subject} />),
    Source: change.source,
    Tenant: change.tenant,
    Class: change.class,
    Outcome: change.outcome,
    'Complete after':
      change.completeMs === null ? null : completeAfter(change.completeMs, change.isUpperBound),
    'Tokens marked':
      change.marking === 'pending' ? `${change.tokensMarked} so far` : String(change.tokensMarked),
    Position: `partition ${partition}, offset ${offset}, incarnation ${e}`,
    Committed: (
      <>
        <Time at={change.occurredAt} />, source’s clock
      </>
    ),
    Trace: change.traceparent === null ? null : <Id id={change.traceparent.split('-')[1] ?? ''} />,
  }
}

function linkTo({ subject, tenant }: TimelineJson, name: JSX.Element): JSX.Element {
  if (subject === null || subject.sub === null) return name
  return (
    <a href={placeOf('/explain', { subject: subject.sub, tenant, iss: subject.iss })}>{name}</a>
  )
}

/** The meaning of the state for holders of a token. */
function meaningOf(change: TimelineJson): string {
  const { state, tightened, edges, completeMs, isUpperBound, reach } = change
  if (!tightened) return 'takes nothing away: edges do not need it'
  if (state === 'pending') return 'recorded, and not published yet'
  if (reach !== undefined && reach.refused > 0 && completeMs !== null)
    return `complete ${completeAfter(completeMs, isUpperBound)} after it was appended: ${reach.applied} applied it, ${reach.refused} refused by the lease`
  const applied = edgesIn(edges.filter(({ appliedAt }) => appliedAt !== null))
  if (state === 'applied') {
    const after =
      completeMs === null
        ? ''
        : `, ${completeAfter(completeMs, isUpperBound)} after it was appended`
    return edges.length === 0
      ? 'no edge is connected'
      : `every connected edge reported that it applied it${after}`
  }
  return `${applied} of ${countOf(edgesIn(edges), 'edge')} reported that they applied it`
}

/** The stale allows, if edges measured them. */
function ExposureNote({ change }: { readonly change: TimelineJson }): JSX.Element | null {
  if (!change.tightened) return null
  const { exposure } = change
  if (exposure === undefined || exposure === null) {
    return <p class="quiet">The exposure is not measured yet.</p>
  }
  const { requests, isLowerBound, errorMs, byEdge, notKnown } = exposure
  const withoutFigure = notKnown.length === 0 ? null : <p>No figure from {notKnown.join(', ')}.</p>
  if (requests === null) {
    return (
      <div class="note">
        <Icon tone="none" />
        <div>
          <strong>The exposure is not known yet.</strong>
          {withoutFigure}
        </div>
      </div>
    )
  }
  const error = errorMs === null ? '' : ` (± ${spanOf(errorMs)})`
  const isNone = requests === 0 && !isLowerBound
  return (
    <div class={`note ${isNone ? 'ok' : 'warn'}`}>
      <Icon tone={isNone ? 'ok' : 'warn'} />
      <div>
        <strong>
          {isLowerBound && 'at least '}
          {countOf(requests, 'request')} allowed after the commit{error}
        </strong>
        {withoutFigure}
        {byEdge.map(({ edge, route, requests: some }) => (
          <p key={`${edge} ${route}`}>
            {edge} {route ?? ''}: {some}
          </p>
        ))}
      </div>
    </div>
  )
}
