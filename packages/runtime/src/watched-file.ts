import { readFile } from 'node:fs/promises'
import { FreshetError } from '@freshet/domain'
import type { Timer } from '@freshet/events'

/** How often a watched file is read again. By its path: a mounted secret is replaced, not written. */
export const FILE_READ_EVERY_MS = 1_000
const FILE_BYTES_MAX = 256 * 1_024

/** What a file says now, as far as it can be used. */
export interface WatchedFile<T> {
  /** What the last usable content said. */
  readonly current: () => T
}

/** How a file is watched. */
export interface WatchOptions<T> {
  readonly path: string
  /** Names the file in errors: the variable that holds its path. */
  readonly name: string
  /** @throws where the content cannot be used */
  readonly parse: (bytes: Uint8Array) => T
  readonly timer: Timer
  /** Ends the watching. */
  readonly signal: AbortSignal
  /** Told of each new content that is used from now on. */
  readonly onChange?: (content: T) => void
  /** Told, once for each such content, that the file cannot be used: what it said before stands. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * Reads a file, and again each second until the signal aborts. A content that cannot be used
 * changes nothing: whoever edits a key set must not stop what runs on it.
 *
 * @throws `config.invalid` where the first content cannot be read or used
 */
export async function watchFile<T>(options: WatchOptions<T>): Promise<WatchedFile<T>> {
  let seen = await read(options)
  let content = options.parse(seen)
  const look = async (): Promise<void> => {
    const bytes = await read(options)
    if (seen.equals(bytes)) return
    seen = bytes
    content = options.parse(bytes)
    options.onChange?.(content)
  }
  void keepLooking(look, options)
  return { current: () => content }
}

async function keepLooking<T>(
  look: () => Promise<void>,
  { timer, signal, onTrouble }: WatchOptions<T>,
): Promise<void> {
  let isTroubled = false
  while (!signal.aborted) {
    await timer.sleep(FILE_READ_EVERY_MS, signal)
    if (signal.aborted) return
    await look().then(
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

async function read<T>({ path, name }: WatchOptions<T>): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FreshetError('config.invalid', `${name} names a file that cannot be read`, { cause })
  })
  if (bytes.length <= FILE_BYTES_MAX) return bytes
  throw new FreshetError('config.invalid', `${name} has more than ${FILE_BYTES_MAX} bytes`)
}
