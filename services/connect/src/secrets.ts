import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FreshetError } from '@freshet/protocol'
import { requirePrivateFile, type Logger } from '@freshet/runtime'
import { readSourceKey, type SourceKey } from '@freshet/source'

/** The largest secret, in characters. */
const SECRET_CHARS_MAX = 4_096

/** The secrets of sources. Each is read when it is needed, so a replaced file needs no restart. */
export interface Secrets {
  /** Returns the key with which the source signs: the private JWK in `SOURCE.private.json`. */
  key(source: string): Promise<SourceKey>
  /** Returns the secret of an upstream system: the text of `SOURCE.TENANT.secret`, without the end of its line. */
  upstream(source: string, tenant: string): Promise<string>
}

/** The secrets in a folder. */
export function secretsIn(folder: string): Secrets {
  return {
    async key(source) {
      const path = keyPath(folder, source)
      try {
        return await readSourceKey(source, path)
      } catch (cause) {
        throw new FreshetError('keys.unavailable', `${path} is no private JWK.`, { cause })
      }
    },
    async upstream(source, tenant) {
      const path = join(folder, `${source}.${tenant}.secret`)
      try {
        const secret = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
        if (secret !== '' && secret.length <= SECRET_CHARS_MAX) return secret
      } catch (cause) {
        throw new FreshetError('connect.refused', `${path} cannot be read.`, { cause })
      }
      throw new FreshetError('connect.refused', `${path} has no secret.`)
    },
  }
}

/** @throws `config.invalid` if a key is missing, is no key, or is open to every user of the machine */
export async function requireKeys(
  folder: string,
  sources: readonly string[],
  logger: Logger,
): Promise<void> {
  for (const source of sources) {
    const path = keyPath(folder, source)
    await requirePrivateFile({ path, name: 'FRESHET_CONNECT_SECRETS', logger })
    await readSourceKey(source, path).catch((cause: unknown) => {
      const message = `FRESHET_CONNECT_SECRETS: ${path} is no private JWK of source ${source}.`
      throw new FreshetError('config.invalid', message, { cause })
    })
  }
}

function keyPath(folder: string, source: string): string {
  return join(folder, `${source}.private.json`)
}
