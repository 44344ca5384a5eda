import type { HealthAnswer } from '@freshet/insight/answers'
import { createContext } from 'preact'
import { useContext, useEffect, useRef } from 'preact/hooks'
import { silentSinceMs } from '../age/signs.ts'
import { useEachSecond } from '../age/use-age.ts'
import { useAnswer } from '../api/use-answer.ts'
import { listen } from '../live/stream.ts'
import {
  earlierOf,
  servicesShown,
  type EarlierServices,
  type ServicesShown,
} from './services-shown.ts'
import { verdictOf, type Verdict } from './verdict.ts'

const AGAIN_MS = 2_500

/** The health as the pages show it. */
export interface HealthShown {
  /** `undefined` before the first answer. */
  readonly verdict: Verdict | undefined
  /** `undefined`: the console asks no service, or it is the time before the first answer. */
  readonly services: ServicesShown | undefined
}

/** The health, for everything below the shell. */
export const HealthContext = createContext<HealthShown>({
  verdict: undefined,
  services: undefined,
})

/** The verdict for a page. */
export function useVerdict(): Verdict | undefined {
  return useContext(HealthContext).verdict
}

/** The services for a page. */
export function useServices(): ServicesShown | undefined {
  return useContext(HealthContext).services
}

/** Asks for the health every few seconds, and at once when the stream reports another verdict. */
export function useHealth(): HealthShown {
  const earlier = useRef<EarlierServices>(undefined)
  const answer = useAnswer<HealthAnswer>('/v1/health', AGAIN_MS)
  const silentSince = useEachSecond(silentSinceMs)
  useEffect(() => listen('health', answer.again), [answer.again])
  earlier.current = earlierOf(answer) ?? earlier.current
  const verdict = verdictOf(answer, silentSince !== undefined)
  const present = verdict === answer.data ? answer.data : undefined
  return { verdict, services: verdict && servicesShown(present, earlier.current) }
}
