import type { ErrorCode, FreshetError } from '@freshet/protocol'
import { toBrokerError } from './classify.ts'
import type { KafkaLogLine, KafkaOptions } from '../client/settings.ts'
import { SilentBrokers } from './silent-brokers.ts'

const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'broker.tls',
  'broker.unauthenticated',
  'broker.denied',
  'topic.compressed',
])
/** Errors of one topic or partition. A success elsewhere does not end them. */
const LOCAL: ReadonlySet<ErrorCode | undefined> = new Set(['broker.denied', 'topic.compressed'])
/** Returns whether a person must end this trouble: it does not end by itself. */
export function isLasting({ code }: FreshetError): boolean {
  return LASTING.has(code)
}

/** Trouble that did not occur again for this time is over. */
const STATUS_MS = 30_000
/** The same line is logged again after this time. */
const REPEAT_AFTER_MS = 600_000
const LINES_MAX = 100
/** The library logs each attempt of the trouble that is reported here once, with its code. */
const REPORTED = /certificate|altnames|SSL|TLS|SASL|not on loopback/i

/**
 * The trouble of one client with its brokers. Each trouble is logged once, and callers can read the last one.
 */
export interface ClientTrouble {
  /** Translates an error of the library, and records it. */
  readonly classify: (error: unknown, attempt: string) => FreshetError
  /**
   * Records that an attempt succeeded. The trouble of this attempt is over, and so is any trouble of the
   * connection.
   */
  readonly succeeded: (attempt: string) => void
  /** Returns the present trouble, if a person must end it. */
  readonly current: () => FreshetError | undefined
  /** The brokers that recently did not answer in time. */
  readonly silent: SilentBrokers
  /** Passes on lines of the library's log, without repeats. */
  readonly log: (line: KafkaLogLine) => void
}

interface Met {
  readonly error: FreshetError
  /** The key of the trouble: the same key is logged once. */
  readonly about: string
  readonly atMs: number
}

/** Creates the record of a client's trouble. `monotonicMs` is a clock for tests. */
export function clientTrouble(
  options: KafkaOptions,
  monotonicMs: () => number = () => performance.now(),
): ClientTrouble {
  const isNews = newsFilter(monotonicMs)
  const silent = new SilentBrokers(monotonicMs)
  let met: Met | undefined
  const logOnce = (line: KafkaLogLine, about = line.message): void => {
    if (isNews(about)) options.log?.(line)
  }
  return {
    silent,
    classify(error, attempt) {
      silent.note(error)
      const known = toBrokerError(error, attempt, options)
      if (!isLasting(known)) return known
      const about = aboutOf(known, attempt)
      met = { error: known, about, atMs: monotonicMs() }
      logOnce({ level: 'error', message: `${known.message} (${known.code})` }, about)
      return known
    },
    succeeded(attempt) {
      if (met?.about === attempt || !LOCAL.has(met?.error.code)) met = undefined
    },
    current: () =>
      met !== undefined && monotonicMs() - met.atMs < STATUS_MS ? met.error : undefined,
    log(line) {
      if (!REPORTED.test(line.message)) logOnce(line)
    },
  }
}

/**
 * Returns the key of an error. A denied attempt has the attempt as its key, and a batch has its message. The
 * trouble of a connection has one key for all attempts.
 */
function aboutOf({ code, message }: FreshetError, attempt: string): string {
  if (code === 'topic.compressed') return message
  return code === 'broker.denied' ? attempt : message.slice(attempt.length)
}

/**
 * Returns a filter that passes each text at most once in ten minutes. It remembers a bounded number of texts.
 */
function newsFilter(monotonicMs: () => number): (text: string) => boolean {
  const loggedMs = new Map<string, number>()
  return (text) => {
    const nowMs = monotonicMs()
    const lastMs = loggedMs.get(text)
    if (lastMs !== undefined && nowMs - lastMs < REPEAT_AFTER_MS) return false
    loggedMs.delete(text)
    loggedMs.set(text, nowMs)
    const [oldest] = loggedMs.keys()
    if (loggedMs.size > LINES_MAX && oldest !== undefined) loggedMs.delete(oldest)
    return true
  }
}
