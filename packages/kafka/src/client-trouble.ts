import type { ErrorCode, FreshetError } from '@freshet/domain'
import { toFreshetError } from './classify.ts'
import type { KafkaLogLine, KafkaOptions } from './settings.ts'

const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'broker.tls',
  'broker.unauthenticated',
  'broker.denied',
])
/** Whether a person has to end this trouble: waiting alone does not. */
export function isLasting({ code }: FreshetError): boolean {
  return LASTING.has(code)
}

/** Trouble that was not met again for so long no longer stands. */
const STANDING_MS = 30_000
/** The same line is logged again after so long. */
const REPEAT_AFTER_MS = 600_000
const LINES_MAX = 100
/** The client library logs each attempt of what is reported here once, classified. */
const REPORTED = /certificate|altnames|SSL|TLS|SASL|not on loopback/i

/** The trouble of one client with its brokers: each is logged once, and the last one can be asked for. */
export interface ClientTrouble {
  /** Translates what the library threw, and notes it. */
  readonly classify: (error: unknown, attempt: string) => FreshetError
  /** An attempt succeeded: the trouble that it met is over, and so is any with the connection. */
  readonly succeeded: (attempt: string) => void
  /** What stands in the way now, if a person has to end it. */
  readonly standing: () => FreshetError | undefined
  /** What the library logs, without repeats. */
  readonly log: (line: KafkaLogLine) => void
}

interface Met {
  readonly error: FreshetError
  readonly attempt: string
  readonly atMs: number
}

/** Keeps it for a client. `monotonicMs` is a clock for tests. */
export function clientTrouble(
  options: KafkaOptions,
  monotonicMs: () => number = () => performance.now(),
): ClientTrouble {
  const isNews = newsFilter(monotonicMs)
  let met: Met | undefined
  const say = (line: KafkaLogLine, about = line.message): void => {
    if (isNews(about)) options.log?.(line)
  }
  return {
    classify(error, attempt) {
      const known = toFreshetError(error, attempt, options)
      if (!isLasting(known)) return known
      met = { error: known, attempt, atMs: monotonicMs() }
      // A connection fails in the same way whatever it is for.
      const about = known.code === 'broker.denied' ? attempt : known.message.slice(attempt.length)
      say({ level: 'error', message: `${known.message} (${known.code})` }, about)
      return known
    },
    succeeded(attempt) {
      if (met?.attempt === attempt || met?.error.code !== 'broker.denied') met = undefined
    },
    standing: () =>
      met !== undefined && monotonicMs() - met.atMs < STANDING_MS ? met.error : undefined,
    log(line) {
      if (!REPORTED.test(line.message)) say(line)
    },
  }
}

/** Whether a text was not passed on within the last ten minutes. Holds a bounded number of them. */
function newsFilter(monotonicMs: () => number): (text: string) => boolean {
  const saidMs = new Map<string, number>()
  return (text) => {
    const nowMs = monotonicMs()
    const lastMs = saidMs.get(text)
    if (lastMs !== undefined && nowMs - lastMs < REPEAT_AFTER_MS) return false
    saidMs.delete(text)
    saidMs.set(text, nowMs)
    const [oldest] = saidMs.keys()
    if (saidMs.size > LINES_MAX && oldest !== undefined) saidMs.delete(oldest)
    return true
  }
}
