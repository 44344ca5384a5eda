import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { FreshetError } from '@freshet/protocol'
import type { Timer } from '../log/timer.ts'

/**
 * The interval at which a watched file is opened again by its path, because a mounted secret is replaced, not
 * written.
 */
export const FILE_READ_EVERY_MS = 1_000
const FILE_BYTES_MAX = 256 * 1_024

/** The present content of a file, if it is usable. */
export interface WatchedFile<T> {
  /** The last usable content. */
  readonly current: () => T
}

/** Options of watching a file. */
export interface WatchOptions<T> {
  readonly path: string
  /** Names the file in errors: the variable that holds its path. */
  readonly name: string
  /** @throws where the content cannot be used */
  readonly parse: (bytes: Uint8Array) => T
  readonly timer: Timer
  /** Ends the watching. */
  readonly signal: AbortSignal
  /** Called with each new content that is used from now on. */
  readonly onChange?: (content: T) => void
  /** Called once for each unusable content: the content before it stays in use. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * Reads a file at once, and again each second until the signal aborts. An unusable content changes nothing: an
 * edit of a key set must not stop the processes that use it.
 *
 * @throws `config.invalid` where the first content cannot be read or used
 */
export function watchFile<T>(options: WatchOptions<T>): WatchedFile<T> {
  let seen = readFirst(options)
  let content = options.parse(seen)
  const poll = async (): Promise<void> => {
    const bytes = await read(options)
    if (seen.equals(bytes)) return
    seen = bytes
    content = options.parse(bytes)
    options.onChange?.(content)
  }
  void keepLooking(poll, options)
  return { current: () => content }
}

async function keepLooking<T>(
  poll: () => Promise<void>,
  { timer, signal, onTrouble }: WatchOptions<T>,
): Promise<void> {
  let isTroubled = false
  while (!signal.aborted) {
    await timer.sleep(FILE_READ_EVERY_MS, signal)
    if (signal.aborted) return
    await poll().then(
      () => {
        isTroubled = false
      },
      (error: unknown) => {
        if (!isTroubled) onTrouble(error)
        isTroubled = true
      },
    )
  }
}

function readFirst<T>({ path, name }: WatchOptions<T>): Buffer {
  try {
    return bounded(readFileSync(path), name)
  } catch (error) {
    throw unreadable(error, name)
  }
}

async function read<T>({ path, name }: WatchOptions<T>): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(cause, name)
  })
  return bounded(bytes, name)
}

function bounded(bytes: Buffer, name: string): Buffer {
  if (bytes.length <= FILE_BYTES_MAX) return bytes
  throw new FreshetError('config.invalid', `${name} has more than ${FILE_BYTES_MAX} bytes`)
}

function unreadable(cause: unknown, name: string): FreshetError {
  if (cause instanceof FreshetError) return cause
  return new FreshetError('config.invalid', `${name} names a file that cannot be read`, { cause })
}
