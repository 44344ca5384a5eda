import type { TimelineJson, SlosAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Badge } from '../parts/badge.tsx'
import { countOf, offsetOf, preciseTimeOf, spanOf } from '../parts/words.ts'
import { barsOf, shownBars, type Bar } from './waterfall-bars.ts'
import { useAnswer } from '../api/use-answer.ts'

/**
 * Each step of a change, down to each edge, with the clock that was read: a table whose last column draws the
 * others.
 */
export function Waterfall({ change }: { readonly change: TimelineJson }): JSX.Element {
  const [isAll, setAll] = useState(false)
  const line = useSloLine(change.class)
  const { bars, total, widthMs, lineMs } = barsOf(change, line?.thresholdMs ?? null)
  const shown = shownBars(bars, isAll)
  const hidden = bars.length - shown.length
  return (
    <div class="scroll" role="region" aria-label="The steps of the change" tabIndex={0}>
      <table class="waterfall">
        <Head widthMs={widthMs} />
        <tbody>
          {shown.map((bar) => (
            <Row key={bar.name} bar={bar} widthMs={widthMs} lineMs={lineMs} />
          ))}
        </tbody>
        {total !== undefined && (
          <tfoot>
            <Row bar={total} widthMs={widthMs} lineMs={lineMs} />
          </tfoot>
        )}
      </table>
      {hidden > 0 && (
        <p>
          <button type="button" class="small" onClick={() => setAll(true)}>
            Show {countOf(hidden, 'faster edge')}
          </button>
        </p>
      )}
      {line !== undefined && (
        <p class="quiet">
          <span class="line-name">objective: {spanOf(line.thresholdMs)} after the append</span>
          {lineMs === null && ', beyond the drawing'}
        </p>
      )}
      <p class="quiet">
        Times of different clocks also differ by their skew. A bar can begin before the step above
        it.
      </p>
    </div>
  )
}

/** The axis has its ends and its middle. */
function Head({ widthMs }: { readonly widthMs: number }): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">Step</th>
        <th scope="col">Clock</th>
        <th scope="col">At</th>
        <th scope="col" class="figure">
          Since commit
        </th>
        <th scope="col" class="figure">
          Since append
        </th>
        <th scope="col" class="drawn">
          <span class="hidden">Chart</span>
          <span class="axis" aria-hidden="true">
            <span>0</span>
            <span>{spanOf(Math.round(widthMs / 2))}</span>
            <span>{spanOf(widthMs)}</span>
          </span>
        </th>
      </tr>
    </thead>
  )
}

interface RowProps {
  readonly bar: Bar
  readonly widthMs: number
  readonly lineMs: number | null
}

function Row({ bar, widthMs, lineMs }: RowProps): JSX.Element {
  const { name, clock, at, status, afterMs, sinceAppendMs, fromMs, isEdge } = bar
  const part = (ms: number): string => `${Math.min(100, Math.max(0, (ms / widthMs) * 100))}%`
  return (
    <tr class={isEdge ? 'edge' : undefined}>
      <th scope="row">
        {name} {at === null && status !== null && <Badge word={status} />}
      </th>
      <td>{clock}</td>
      <td class="time">{at === null ? '–' : preciseTimeOf(at)}</td>
      <td class="figure">{afterMs === null ? 'not yet' : offsetOf(afterMs)}</td>
      <td class="figure">{sinceAppendMs === null ? '–' : offsetOf(sinceAppendMs)}</td>
      <td class="drawn" aria-hidden="true">
        <div class="track">
          {lineMs !== null && <i class="line" style={{ left: part(lineMs) }} />}
          {afterMs !== null && (
            <i
              class={`span ${isEdge ? 'at-edge' : ''}`}
              style={{ left: part(fromMs), width: part(afterMs - fromMs) }}
            />
          )}
        </div>
      </td>
    </tr>
  )
}

/** The tightest objective for changes of a class; `undefined` where none is measured. */
function useSloLine(className: string | null): { readonly thresholdMs: number } | undefined {
  const { data } = useAnswer<SlosAnswer>(className === null ? null : '/v1/slos')
  const thresholds = (data?.items ?? []).flatMap((slo) =>
    slo.sli === 'change-complete' && slo.class === className && slo.thresholdMs !== null
      ? [slo.thresholdMs]
      : [],
  )
  return thresholds.length === 0 ? undefined : { thresholdMs: Math.min(...thresholds) }
}
