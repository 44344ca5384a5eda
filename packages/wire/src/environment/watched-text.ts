import { FreshetError } from '@freshet/protocol'
import type { Timer } from '../log/timer.ts'
import { watchFile, type WatchedFile } from './watched-file.ts'

/** The part of a logger that is used. */
export interface FileLogger {
  readonly info: (facts: object, message: string) => void
  readonly warn: (facts: object, message: string) => void
  readonly error: (facts: object, message: string) => void
}

/** The parts that watching a file of text needs. */
export interface TextWatch {
  readonly timer: Timer
  readonly logger: FileLogger
  /** Ends the watching. */
  readonly signal: AbortSignal
}

/** A file of text, and the variable that names it. */
export interface TextFile {
  readonly path: string
  readonly name: string
  /** @throws `config.invalid` where the text cannot be used; its message holds nothing of it */
  readonly read: (text: string) => string
  /** Called with each new content that is used from now on. Default: it is logged. */
  readonly onChange?: () => void
}

/**
 * Reads a file of text, and again each second until the signal aborts. A content that cannot be used is logged
 * once and changes nothing.
 *
 * @throws `config.invalid` with the name of the variable where the first content cannot be used
 */
export function watchText(
  { path, name, read, onChange }: TextFile,
  { timer, logger, signal }: TextWatch,
): WatchedFile<string> {
  return watchFile({
    path,
    name,
    timer,
    signal,
    onChange:
      onChange ?? (() => logger.info({ file: name }, 'file changed, its new content is in use')),
    parse: (bytes) => readNamed(name, () => read(Buffer.from(bytes).toString('utf8'))),
    onTrouble: (err) =>
      logger.error({ file: name, err }, 'file is not usable, its previous content stays in use'),
  })
}

function readNamed(name: string, read: () => string): string {
  try {
    return read()
  } catch (error) {
    const why = error instanceof FreshetError ? error.message : 'not readable'
    throw new FreshetError('config.invalid', `${name}: ${why}`)
  }
}
