import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { timeOf, spanOf } from '../parts/words.ts'
import { msBetween, readClocks } from './clocks.ts'
import { oldestShown, OLD_AFTER_MS, onFigures } from './figures.ts'
import { onTick } from './pulse.ts'
import { lastSign } from './signs.ts'

const SECOND_MS = 1_000

interface Age {
  readonly atMs: number
  readonly ageMs: number
}

/** The age of the page: that of the oldest figures on it. A page without figures is as old as the last event. */
export function AsOf(): JSX.Element {
  const [{ atMs, ageMs }, setAge] = useState(ageShown)
  useEffect(() => {
    const refresh = (): void => setAge(ageShown())
    const ends = [onTick(refresh), onFigures(refresh)]
    return () => ends.forEach((end) => end())
  }, [])
  const seconds = Math.floor(ageMs / SECOND_MS)
  return (
    <p class={`as-of ${ageMs > OLD_AFTER_MS ? 'old' : 'quiet'}`}>
      as of {timeOf(atMs)}, {seconds < 60 ? `${seconds} s` : spanOf(ageMs)} ago
    </p>
  )
}

function ageShown(): Age {
  const oldest = oldestShown() ?? lastSign()
  return { atMs: oldest.wallMs, ageMs: msBetween(oldest, readClocks()) }
}
