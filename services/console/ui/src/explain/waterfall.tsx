import type { TimelineJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { offsetOf, spanOf, timeOf } from '../parts/words.ts'
import { useSloLine } from './slo-line.ts'
import { barsOf, type Bar } from './waterfall-bars.ts'

/**
 * Each step of a change, down to each edge, with the clock that was read: a table whose last column draws the
 * others.
 */
export function Waterfall({ change }: { readonly change: TimelineJson }): JSX.Element {
  const line = useSloLine(change.class)
  const { bars, widthMs, lineMs } = barsOf(change, line?.thresholdMs ?? null)
  return (
    <div class="scroll" role="region" aria-label="The steps of the change" tabIndex={0}>
      <table class="waterfall">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Clock</th>
            <th scope="col">At</th>
            <th scope="col" class="figure">
              After
            </th>
            <th scope="col">
              {line === undefined ? (
                <span class="hidden">Chart</span>
              ) : (
                <span class="line-name">objective {spanOf(line.thresholdMs)} after append</span>
              )}
            </th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <Row key={bar.name} bar={bar} widthMs={widthMs} lineMs={lineMs} />
          ))}
        </tbody>
      </table>
      <p class="quiet">
        Times of different clocks also differ by their skew. A bar can begin before the step above
        it.
      </p>
    </div>
  )
}

interface RowProps {
  readonly bar: Bar
  readonly widthMs: number
  readonly lineMs: number | null
}

function Row({ bar, widthMs, lineMs }: RowProps): JSX.Element {
  const part = (ms: number): string => `${Math.min(100, Math.max(0, (ms / widthMs) * 100))}%`
  return (
    <tr class={bar.isEdge ? 'edge' : undefined}>
      <th scope="row">{bar.name}</th>
      <td>{bar.clock}</td>
      <td class="time">
        {bar.at === null ? bar.standing ? <Badge word={bar.standing} /> : '–' : timeOf(bar.at)}
      </td>
      <td class="figure">{bar.afterMs === null ? 'not yet' : offsetOf(bar.afterMs)}</td>
      <td class="drawn" aria-hidden="true">
        <div class="track">
          {lineMs !== null && <i class="line" style={{ left: part(lineMs) }} />}
          {bar.afterMs !== null && (
            <i
              class={`span ${bar.isEdge ? 'at-edge' : ''}`}
              style={{ left: part(bar.fromMs), width: part(bar.afterMs - bar.fromMs) }}
            />
          )}
        </div>
      </td>
    </tr>
  )
}
