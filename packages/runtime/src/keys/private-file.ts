import { stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { FreshetError } from '@freshet/protocol'

const OTHERS = 0o007
const GROUP = 0o070

/** A file of private keys, and who learns that its group can read it. */
export interface PrivateFile {
  readonly path: string
  /** The variable that holds the path. */
  readonly name: string
  readonly logger: { readonly warn: (facts: object, message: string) => void }
}

/**
 * Looks at the mode of a file of private keys. A group that can read it is logged and accepted: with
 * `fsGroup` Kubernetes mounts secrets as 0440. Windows has no such modes.
 *
 * @throws `config.invalid` where every user of the machine can read or change the file
 */
export async function requirePrivateFile({ path, name, logger }: PrivateFile): Promise<void> {
  // The reader of the file reports a missing one.
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || platform() === 'win32') return
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
  if ((found.mode & OTHERS) !== 0) {
    const message = `${name}: every user of this machine can open this file of private keys (mode ${mode}). Run chmod 600 on it; for a Kubernetes secret set defaultMode to 0400, or to 0440 beside fsGroup.`
    throw new FreshetError('config.invalid', message)
  }
  if ((found.mode & GROUP) !== 0)
    logger.warn({ file: name, mode }, 'the group of this file of private keys can open it')
}
