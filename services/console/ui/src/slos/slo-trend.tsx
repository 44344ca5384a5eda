import type { Burned, LetInJson, SloAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Spark } from '../parts/spark.tsx'
import { countOf, spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { badByDay } from './slo-words.ts'

const AGAIN_MS = 60_000

/** The bad events of an objective by day, and the one that used most of its budget. */
export function SloTrend({ name }: { readonly name: string }): JSX.Element {
  const { data } = useAnswer<SloAnswer>(`/v1/slos/${encodeURIComponent(name)}`, AGAIN_MS)
  if (data === undefined) return <span class="quiet">…</span>
  const days = badByDay(data)
  const bad = countOf(data.valid - data.good, 'bad event')
  return (
    <span class="trend">
      <Spark points={days} label={`${bad} in ${countOf(data.windowDays, 'day')}, by day`} />
      <Worst burned={data.worst[0]} />
      <LetIn most={data.letIn?.[0]} />
    </span>
  )
}

/** The change with the most requests that were let in too late, and the edge that allowed them. */
function LetIn({ most }: { readonly most: LetInJson | undefined }): JSX.Element | null {
  if (most === undefined) return null
  const { change, edge, requests, route } = most
  return (
    <span>
      <a class="name" title={change} href={placeOf('/explain', { change })}>
        {change}
      </a>{' '}
      {requests.toLocaleString('en')} let in at{' '}
      <a href={placeOf('/edges', { edge })} title={route}>
        {edge}
      </a>
    </span>
  )
}

function Worst({ burned }: { readonly burned: Burned | undefined }): JSX.Element | null {
  if (burned === undefined) return null
  if (burned.kind === 'edge')
    return (
      <span>
        <a href={placeOf('/edges', { edge: burned.edge })}>{burned.edge}</a> for {burned.minutes}{' '}
        min
      </span>
    )
  return (
    <span>
      <a class="name" title={burned.id} href={placeOf('/explain', { change: burned.id })}>
        {burned.id}
      </a>{' '}
      {burned.completeMs === null ? 'not complete' : spanOf(burned.completeMs)}
    </span>
  )
}
