import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Badge } from '../parts/badge.tsx'
import type { Tone } from '../parts/icon.tsx'
import { holdStream, type StreamStanding } from './stream.ts'

const SAYS: Readonly<Record<StreamStanding, readonly [word: string, tone: Tone]>> = {
  opening: ['connecting', 'idle'],
  live: ['live', 'ok'],
  lost: ['not live', 'warn'],
}

/** The state of this tab's stream. */
export function useStreamStanding(): StreamStanding {
  const [standing, setStanding] = useState<StreamStanding>('opening')
  useEffect(() => holdStream(setStanding), [])
  return standing
}

/** Shows whether events arrive here at once. */
export function StreamState(): JSX.Element {
  const [word, tone] = SAYS[useStreamStanding()]
  return <Badge word={word} tone={tone} />
}
