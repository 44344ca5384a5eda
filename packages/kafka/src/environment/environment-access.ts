import { setTimeout as sleep } from 'node:timers/promises'
import type { Timer } from '@freshet/wire'
import type { FileLogger } from '@freshet/wire/environment'
import type { KafkaOptions } from '../client/settings.ts'
import { processEnvironment } from '../config.ts'
import { kafkaAccess, type KafkaAccess } from './kafka-access.ts'
import { readKafkaSettings, type KafkaSettings } from './kafka-variables.ts'

/** The clocks of this process. A sleep lets the process end. */
const processTimer: Timer = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    // An abort is not an error of the sleep: the caller checks the signal.
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  },
}

/** Reads the Kafka variables of this process. @throws `config.invalid` with every problem at once */
export function environmentSettings(): KafkaSettings {
  return readKafkaSettings(processEnvironment())
}

/**
 * Returns the connection that the settings name, for a program without a logger and a timer of its own. `end` ends
 * the reading of its files.
 *
 * @throws `config.invalid` where a file cannot be used
 */
export function environmentAccess(
  settings: KafkaSettings,
  log: KafkaOptions['log'],
): { readonly access: KafkaAccess; readonly end: () => void } {
  const ended = new AbortController()
  const logger = loggerTo(log)
  try {
    const access = kafkaAccess(settings, { timer: processTimer, logger, signal: ended.signal })
    return { access, end: () => ended.abort() }
  } catch (error) {
    // The files before the unusable one are read already.
    ended.abort()
    throw error
  }
}

/** The function has no level for information. */
function loggerTo(log: KafkaOptions['log']): FileLogger {
  const write =
    (level: 'warn' | 'error') =>
    (facts: object, message: string): void =>
      log?.({ level, message: textOf(facts, message) })
  return { info: () => undefined, warn: write('warn'), error: write('error') }
}

function textOf(facts: object, message: string): string {
  const { file, err } = facts as { readonly file?: string; readonly err?: unknown }
  const reason = err instanceof Error ? `${message}: ${err.message}` : message
  return file === undefined ? reason : `${file}: ${reason}`
}
