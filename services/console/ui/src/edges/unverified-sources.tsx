import type { EdgeJson } from '@freshet/insight/answers'
import { vouchingOf, type UnvouchedSource } from '@freshet/protocol'
import type { JSX } from 'preact'
import { spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'

interface Props {
  readonly edge: Pick<EdgeJson, 'standing' | 'unverified'>
  readonly nowMs: number
}

/** The sources that an edge cannot vouch for, each with a link to its entry of the registry. */
export function UnverifiedSources({ edge, nowMs }: Props): JSX.Element {
  const vouching = vouchingOf(edge)
  if (vouching.kind === 'unknown') return <>unknown</>
  if (vouching.kind === 'all')
    return <span class="unverified">every source: its own view is out</span>
  const { sources, more } = vouching
  if (sources.length === 0) return <>–</>
  return (
    <span class="unverified">
      {sources.map((each, at) => (
        <span key={each.name}>
          {at > 0 && ', '}
          <Source of={each} nowMs={nowMs} />
        </span>
      ))}
      {more > 0 && `, and ${more.toLocaleString('en')} more`}
    </span>
  )
}

interface SourceProps {
  readonly of: UnvouchedSource
  readonly nowMs: number
}

function Source({ of: { source, name, since }, nowMs }: SourceProps): JSX.Element {
  const text =
    since === null ? 'never heard' : `since ${spanOf(Math.max(0, nowMs - Date.parse(since)))}`
  return (
    <>
      <a href={placeOf('/registry', { source })}>{name}</a> ({text})
    </>
  )
}
