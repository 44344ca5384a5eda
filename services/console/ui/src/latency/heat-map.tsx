import type { JSX } from 'preact'
import { countOf, spanOf } from '../parts/words.ts'
import { heatOf, type Heat } from './heat-cells.ts'
import type { LatencyAnswer, LatencyStageJson } from '@freshet/insight/answers'
import { STAGE_NAMES } from './stage-names.ts'

/** The gap within a cell, which separates neighbours. */
const GAP = 0.08

/** Time goes to the right, slower is higher, darker is more. The table below it has the same content. */
export function HeatMap({
  stage,
  latency,
}: {
  readonly stage: LatencyStageJson
  readonly latency: LatencyAnswer
}): JSX.Element {
  const heat = heatOf(stage, latency)
  if (heat === undefined) return <p class="empty">No change in this time.</p>
  const sinceMs = latency.stepMs * latency.steps
  return (
    <figure class="heat">
      <div class="heat-scale quiet" aria-hidden="true">
        <span>{heat.highMs === null ? 'never' : spanOf(heat.highMs)}</span>
        <span>{spanOf(heat.midMs)}</span>
        <span>{spanOf(heat.lowMs)}</span>
      </div>
      <Cells heat={heat} label={labelOf(stage, heat)} />
      <figcaption class="quiet" aria-hidden="true">
        <span>{spanOf(sinceMs)} ago</span>
        <Key most={heat.most} />
        <span>now</span>
      </figcaption>
    </figure>
  )
}

/** The number of changes that the lightest and the darkest cell have. */
function Key({ most }: { readonly most: number }): JSX.Element {
  return (
    <span class="heat-key">
      {most > 1 && (
        <>
          1<i class="few" />
          <i class="some" />
        </>
      )}
      <i class="most" /> {countOf(most, 'change')}
    </span>
  )
}

function Cells({ heat, label }: { readonly heat: Heat; readonly label: string }): JSX.Element {
  const { cells, columns, rows } = heat
  return (
    <svg
      viewBox={`0 0 ${columns} ${rows}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {cells.map(({ column, row, strength }) => (
        <rect
          key={`${column}/${row}`}
          x={column + GAP}
          y={rows - row - 1 + GAP}
          width={1 - 2 * GAP}
          height={1 - 2 * GAP}
          fill-opacity={strength.toFixed(2)}
        />
      ))}
    </svg>
  )
}

function labelOf({ stage, changes }: LatencyStageJson, { lowMs, highMs }: Heat): string {
  const high = highMs === null ? 'never' : `at most ${spanOf(highMs)}`
  return `${STAGE_NAMES[stage] ?? stage}: ${changes} changes by time, the fastest within ${spanOf(lowMs)}, the slowest ${high}`
}
