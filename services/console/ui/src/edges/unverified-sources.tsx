import type { EdgeJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { placeOf } from '../shell/route.ts'
import { vouchingOf, type ShownSource } from './vouching.ts'

interface Props {
  readonly edge: Pick<EdgeJson, 'standing' | 'unverified'>
  readonly nowMs: number
}

/** The sources that an edge cannot vouch for, each with a link to its entry of the registry. */
export function UnverifiedSources({ edge, nowMs }: Props): JSX.Element {
  const vouching = vouchingOf(edge, nowMs)
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
          <Source {...each} />
        </span>
      ))}
      {more > 0 && `, and ${more.toLocaleString('en')} more`}
    </span>
  )
}

function Source({ source, name, since }: ShownSource): JSX.Element {
  return (
    <>
      <a href={placeOf('/registry', { source })}>{name}</a> ({since})
    </>
  )
}
