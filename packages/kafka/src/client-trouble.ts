import type { ErrorCode, FreshetError } from '@freshet/domain'
import { toFreshetError } from './classify.ts'
import type { KafkaLogLine, KafkaOptions } from './settings.ts'
import { SilentBrokers } from './silent-brokers.ts'

const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'broker.tls',
  'broker.unauthenticated',
  'broker.denied',
  'topic.compressed',
])
/** Of one topic or partition: what succeeds elsewhere does not end them. */
const LOCAL: ReadonlySet<ErrorCode | undefined> = new Set(['broker.denied', 'topic.compressed'])
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
  /** The brokers that lately did not answer in time. */
  readonly silent: SilentBrokers
  /** What the library logs, without repeats. */
  readonly log: (line: KafkaLogLine) => void
}

interface Met {
  readonly error: FreshetError
  /** What the trouble is about: the same is logged once. */
  readonly about: string
  readonly atMs: number
}

/** Keeps it for a client. `monotonicMs` is a clock for tests. */
export function clientTrouble(
  options: KafkaOptions,
  monotonicMs: () => number = () => performance.now(),
): ClientTrouble {
  const isNews = newsFilter(monotonicMs)
  const silent = new SilentBrokers(monotonicMs)
  let met: Met | undefined
  const say = (line: KafkaLogLine, about = line.message): void => {
    if (isNews(about)) options.log?.(line)
  }
  return {
    silent,
    classify(error, attempt) {
      silent.note(error)
      const known = toFreshetError(error, attempt, options)
      if (!isLasting(known)) return known
      const about = aboutOf(known, attempt)
      met = { error: known, about, atMs: monotonicMs() }
      say({ level: 'error', message: `${known.message} (${known.code})` }, about)
      return known
    },
    succeeded(attempt) {
      if (met?.about === attempt || !LOCAL.has(met?.error.code)) met = undefined
    },
    standing: () =>
      met !== undefined && monotonicMs() - met.atMs < STANDING_MS ? met.error : undefined,
    log(line) {
      if (!REPORTED.test(line.message)) say(line)
    },
  }
}

/** A denied attempt is its own; a batch is named by its message; a connection fails alike whatever it is for. */
function aboutOf({ code, message }: FreshetError, attempt: string): string {
  if (code === 'topic.compressed') return message
  return code === 'broker.denied' ? attempt : message.slice(attempt.length)
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
