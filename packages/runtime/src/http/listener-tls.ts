import { createSecureContext } from 'node:tls'
import * as z from 'zod'
import { FreshetError } from '@freshet/protocol'
import {
  readCertificates,
  readConfig,
  readPrivateKey,
  setting,
  watchText,
  type Relation,
  type TextWatch,
} from '@freshet/wire/environment'
import { requirePrivateFile } from '../keys/private-file.ts'

const CERT = 'FRESHET_TLS_CERT_FILE'
const KEY = 'FRESHET_TLS_KEY_FILE'
/** The variables of the certificate of a service's own ports. */
export const LISTENER_TLS_NAMES: readonly string[] = [CERT, KEY]

/** A certificate chain with its private key, in PEM. */
export interface ServerPair {
  readonly cert: string
  readonly key: string
}

/** The certificate of a service's ports. Both files can be replaced while the service runs. */
export interface ListenerTls {
  readonly current: () => ServerPair
  /** Calls the listener with each later pair. */
  follow(listener: (pair: ServerPair) => void): void
}

const path = z.string().min(1).optional()
const variables = { cert: setting(CERT, path), key: setting(KEY, path) }
const bothOrNeither: Relation<typeof variables> = ({ cert, key }) =>
  (cert === undefined) === (key === undefined)
    ? undefined
    : `${CERT} and ${KEY} belong together: set both, or neither`

/**
 * Reads the certificate of a service's own ports, and again each second until the signal aborts. Returns
 * `undefined` without the variables: the ports then use plain HTTP. While the two files do not belong together,
 * the last pair that did stays in use.
 *
 * @throws `config.invalid` where one file is named alone, or the first pair cannot be used
 */
export function listenerTls(
  env: Readonly<Record<string, string | undefined>>,
  parts: TextWatch,
): Promise<ListenerTls> | undefined {
  const named = Object.entries(env).filter(([name]) => LISTENER_TLS_NAMES.includes(name))
  const files = readConfig(Object.fromEntries(named), variables, [bothOrNeither])
  if (files.cert === undefined || files.key === undefined) return undefined
  return watchPair({ cert: files.cert, key: files.key }, parts)
}

async function watchPair(paths: ServerPair, parts: TextWatch): Promise<ListenerTls> {
  await requirePrivateFile({ path: paths.key, name: KEY, logger: parts.logger })
  const listeners: ((pair: ServerPair) => void)[] = []
  const onChange = (): void => {
    const next = { cert: cert.current(), key: key.current() }
    if (!isUsable(next)) return parts.logger.warn({ file: CERT }, UNPAIRED)
    pair = next
    parts.logger.info({ file: CERT }, 'certificate of this service changed, new connections use it')
    for (const listener of listeners) listener(pair)
  }
  const cert = watchText({ path: paths.cert, name: CERT, read: readCertificates, onChange }, parts)
  const key = watchText({ path: paths.key, name: KEY, read: readPrivateKey, onChange }, parts)
  let pair = { cert: cert.current(), key: key.current() }
  if (!isUsable(pair)) throw new FreshetError('config.invalid', `${KEY} is not the key of ${CERT}.`)
  return { current: () => pair, follow: (listener) => void listeners.push(listener) }
}

const UNPAIRED = `the key is not that of the certificate, the previous pair stays in use`

function isUsable(material: ServerPair): boolean {
  try {
    createSecureContext(material)
    return true
  } catch {
    return false
  }
}
