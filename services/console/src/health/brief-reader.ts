import { FreshetError } from '@freshet/protocol'
import type { HealthWatch } from '@freshet/insight'
import type { LogReader, Timer } from '@freshet/wire'
import { answerWithin } from './answer-within.ts'

/** A broker that takes longer does not answer: the verdict does not wait for it. */
const ANSWER_WITHIN_MS = 1_000
/** An answer to a person waits for a slow broker, and has no figures of one that hangs. */
const ROUTES_WITHIN_MS = 3_000
/** The same once the verdict is that the broker does not answer. */
const HUNG_WITHIN_MS = 500

/** Returns a reader that rejects after this time, so that a hanging broker is noticed. */
export function briefReader(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  timer: Timer,
  limitMs: () => number = () => ANSWER_WITHIN_MS,
): Pick<LogReader, 'bounds' | 'read'> {
  const brief = <Result>(answer: Promise<Result>): Promise<Result> => {
    const withinMs = limitMs()
    const late = (): Error => {
      const message = `The broker did not answer within ${withinMs / 1_000} s.`
      return new FreshetError('broker.unavailable', message)
    }
    return answerWithin(answer, { timer, withinMs, late })
  }
  return {
    bounds: (...given) => brief(reader.bounds(...given)),
    read: (...given) => brief(reader.read(...given)),
  }
}

/** Returns the reader of answers to people, which waits long only while the verdict is not that the broker hangs. */
export function routesReader(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  health: Pick<HealthWatch, 'at'>,
  timer: Timer,
): Pick<LogReader, 'bounds' | 'read'> {
  return briefReader(reader, timer, () => {
    const { causes } = health.at(timer.nowMs())
    const isHung = causes.some(({ finding }) => finding === 'lagUnknown')
    return isHung ? HUNG_WITHIN_MS : ROUTES_WITHIN_MS
  })
}
