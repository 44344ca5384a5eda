import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Badge } from '../parts/badge.tsx'
import type { Tone } from '../parts/icon.tsx'
import { useEachSecond } from '../age/use-age.ts'
import type { ClockReading } from '../age/clocks.ts'
import { holdStream, streamHeard, type StreamStatus } from './stream.ts'

const SAYS: Readonly<Record<StreamStatus, readonly [word: string, tone: Tone]>> = {
  opening: ['connecting', 'idle'],
  live: ['connected', 'ok'],
  lost: ['not connected', 'bad'],
}

/** The state of this tab's stream. */
export function useStreamStatus(): StreamStatus {
  const [standing, setStanding] = useState<StreamStatus>('opening')
  useEffect(() => holdStream(setStanding), [])
  return standing
}

/** The time of the last event, to the second. */
export function useStreamHeard(): ClockReading | undefined {
  return useEachSecond(streamHeard)
}

/** Shows whether events arrive here at once. */
export function StreamState(): JSX.Element {
  const [word, tone] = SAYS[useStreamStatus()]
  return <Badge word={word} tone={tone} />
}
