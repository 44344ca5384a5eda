import type { MeasuredChange, SlosAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../api/use-answer.ts'
import { holdStream, listen } from '../live/stream.ts'
import { countOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'

/** If changes follow each other faster, only the last one loads the objectives again. */
const AGAIN_MS = 1_000

/** The live change that was measured last, shown at once; the objectives are loaded after it. */
export function LatestMeasured({
  slos,
}: {
  readonly slos: Answer<SlosAnswer>
}): JSX.Element | null {
  const latest = useLatest(slos)
  if (latest === null) return null
  return (
    <p class="latest">
      Latest change: <a href={placeOf('/explain', { change: latest.id })}>{latest.id}</a>
      {latest.class !== null && ` (${latest.class})`}, {howItEnded(latest)}{' '}
      <span class="quiet">
        <Time at={latest.appendedAt} />
      </span>
    </p>
  )
}

function useLatest({ data, again }: Answer<SlosAnswer>): MeasuredChange | null {
  const [latest, setLatest] = useState<MeasuredChange>()
  useEffect(() => holdStream(() => {}), [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ended = listen('measured', (measured: MeasuredChange) => {
      setLatest(measured)
      timer ??= setTimeout(() => {
        timer = undefined
        again()
      }, AGAIN_MS)
    })
    // Every stream begins this way: measurements during its opening were not sent.
    const endedGaps = listen('gap', again)
    return () => {
      ended()
      endedGaps()
      clearTimeout(timer)
    }
  }, [again])
  const answered = data?.latest ?? null
  if (latest === undefined || answered === null) return latest ?? answered
  return latest.measuredAt > answered.measuredAt ? latest : answered
}

/** The time from the append of the change, to the millisecond. */
export function howItEnded({ edges, missing, completeMs, isUpperBound }: MeasuredChange): string {
  if (completeMs === null) return `not complete: ${missing[0] ?? 'an edge'} continued to serve`
  if (edges === 0) return 'no edge was counted'
  const most = isUpperBound === true ? 'at most ' : ''
  return `complete at ${countOf(edges, 'edge')} ${most}${completeMs} ms after its append`
}
