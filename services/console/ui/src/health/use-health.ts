import type { HealthAnswer } from '@freshet/insight/answers'
import { createContext } from 'preact'
import { useContext, useEffect } from 'preact/hooks'
import { silentSinceMs } from '../age/signs.ts'
import { useEachSecond } from '../age/use-age.ts'
import { useAnswer } from '../api/use-answer.ts'
import { listen } from '../live/stream.ts'
import { verdictOf, type Verdict } from './verdict.ts'

const AGAIN_MS = 2_500

/** The verdict, for everything below the shell. `undefined` before the first answer. */
export const HealthContext = createContext<Verdict | undefined>(undefined)

/** The verdict for a page. */
export function useVerdict(): Verdict | undefined {
  return useContext(HealthContext)
}

/** Asks for the verdict every few seconds, and at once when the stream reports another. */
export function useHealth(): Verdict | undefined {
  const answer = useAnswer<HealthAnswer>('/v1/health', AGAIN_MS)
  const silentSince = useEachSecond(silentSinceMs)
  useEffect(() => listen('health', answer.again), [answer.again])
  return verdictOf(answer, silentSince !== undefined)
}
