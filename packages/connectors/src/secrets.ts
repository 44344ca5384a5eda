import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FreshetError } from '@freshet/protocol'
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
      const path = upstreamPath(folder, source, tenant)
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

/** The file of the private key of a source. */
export function keyPath(folder: string, source: string): string {
  return join(folder, `${source}.private.json`)
}

/** The file of the secret of an upstream system. */
export function upstreamPath(folder: string, source: string, tenant: string): string {
  return join(folder, `${source}.${tenant}.secret`)
}
