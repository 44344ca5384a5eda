import type { HealthAnswer } from '@freshet/insight/answers'
import type { Answer } from '../api/use-answer.ts'

/** Services as a page shows them: the present ones, or those of an earlier answer. */
export interface ServicesShown {
  readonly items: NonNullable<HealthAnswer['services']>
  /** No present answer has them: their status is unknown. */
  readonly isUnknown: boolean
  /** The time at which the items came, by this browser's clock; `null`: no answer ever had them. */
  readonly atMs: number | null
}

/** The services of an earlier answer. `services` is absent: the console asked none then. */
export interface EarlierServices {
  readonly services: HealthAnswer['services']
  readonly atMs: number
}

/** The causes of a verdict that is not about the present figures. */
const BLIND: ReadonlySet<string> = new Set(['consoleBlind'])

/** Returns the services of an answer, for later; `undefined` if the console had no figures for it. */
export function earlierOf({
  data,
  atMs,
}: Pick<Answer<HealthAnswer>, 'data' | 'atMs'>): EarlierServices | undefined {
  if (data === undefined || isBlind(data)) return undefined
  return { services: data.services, atMs }
}

/**
 * The services for a page. `undefined`: the console asks none, or it is the time before the first answer. An old status of a
 * service is none.
 */
export function servicesShown(
  answer: HealthAnswer | undefined,
  earlier: EarlierServices | undefined,
): ServicesShown | undefined {
  const isPresent = answer !== undefined && !isBlind(answer)
  if (!isPresent && earlier === undefined) return { items: [], isUnknown: true, atMs: null }
  if (earlier?.services === undefined) return undefined
  return { items: earlier.services, isUnknown: !isPresent, atMs: earlier.atMs }
}

/** Returns whether the console had no figures: it leaves out the services then. */
function isBlind({ causes }: HealthAnswer): boolean {
  return causes.some(({ finding }) => BLIND.has(finding))
}
