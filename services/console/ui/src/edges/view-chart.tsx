import type { JSX } from 'preact'
import { spanOf } from '../parts/words.ts'
import { agesText, isVerified, topOf, type ViewAges } from './view-ages.ts'

const WIDTH = 600
const HEIGHT = 100
/** The part of a minute's place that its bar takes. */
const FILLED = 0.8

interface Props {
  readonly ages: ViewAges
  /** The shortest lease. */
  readonly lease: { readonly source: string; readonly leaseMs: number }
}

/** The age of a view by minutes, and the lease as a line. The text and the table beside it have the same content. */
export function ViewChart({ ages, lease: { source, leaseMs } }: Props): JSX.Element {
  const { minutes, isSinceStart } = ages
  const topMs = topOf(minutes, leaseMs)
  const step = WIDTH / minutes.length
  const heightOf = (ms: number): number => (ms / topMs) * HEIGHT
  const leaseY = HEIGHT - heightOf(leaseMs)
  return (
    <figure class="view-ages">
      <div class="quiet view-scale" aria-hidden="true">
        <span>{spanOf(topMs)}</span>
        <span>0 s</span>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${agesText(ages)} The lease of ${source} is ${spanOf(leaseMs)}.`}
      >
        {minutes.map(({ at, oldestViewMs }, index) => {
          if (oldestViewMs === null) return null
          const height = isVerified(oldestViewMs) ? Math.max(1, heightOf(oldestViewMs)) : HEIGHT
          return (
            <rect
              key={at}
              class={oldestViewMs > leaseMs ? 'bad' : undefined}
              x={index * step}
              y={HEIGHT - height}
              width={step * FILLED}
              height={height}
            />
          )
        })}
        <line x1="0" x2={WIDTH} y1={leaseY} y2={leaseY} />
      </svg>
      <figcaption class="quiet" aria-hidden="true">
        <span>{isSinceStart ? 'its start' : `${spanOf(minutes.length * 60_000)} ago`}</span>
        <span class="line-name">
          lease of {source}, the shortest: {spanOf(leaseMs)}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}
