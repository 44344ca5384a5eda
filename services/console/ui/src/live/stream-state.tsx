import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Badge } from '../parts/badge.tsx'
import type { Tone } from '../parts/icon.tsx'
import { useEachSecond } from '../age/use-age.ts'
import type { ClockReading } from '../age/clocks.ts'
import { holdStream, lastStreamEvent, type StreamStatus } from './stream.ts'

const SHOWN: Readonly<Record<StreamStatus, readonly [word: string, tone: Tone]>> = {
  opening: ['connecting', 'idle'],
  live: ['connected', 'ok'],
  lost: ['not connected', 'bad'],
}

/** The state of this tab's stream. */
export function useStreamStatus(): StreamStatus {
  const [status, setStatus] = useState<StreamStatus>('opening')
  useEffect(() => holdStream(setStatus), [])
  return status
}

/** The time of the last event, to the second. */
export function useLastEvent(): ClockReading | undefined {
  return useEachSecond(lastStreamEvent)
}

/** Shows whether events arrive here at once. */
export function StreamState(): JSX.Element {
  const [word, tone] = SHOWN[useStreamStatus()]
  return <Badge word={word} tone={tone} />
}
