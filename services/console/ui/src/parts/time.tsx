import type { JSX } from 'preact'
import { useCallback } from 'preact/hooks'
import { useEachSecond } from '../age/use-age.ts'
import { ageOf, momentOf, localMomentOf, timeOf } from './words.ts'

interface Props {
  readonly at: string | number
  /** Shows the time of the day in this browser's zone, to the second, in place of the age. */
  readonly isClock?: boolean
}

/** A moment by its age. Its title has the moment in UTC and in this browser's zone. */
export function Time({ at, isClock = false }: Props): JSX.Element {
  const atMs = new Date(at).getTime()
  const read = useCallback(() => (isClock ? timeOf(at) : ageOf(Date.now() - atMs)), [at, isClock])
  const text = useEachSecond(read)
  return (
    <time dateTime={new Date(atMs).toISOString()} title={`${momentOf(at)}\n${localMomentOf(at)}`}>
      {text}
    </time>
  )
}
