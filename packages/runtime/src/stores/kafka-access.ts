import { FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { Logger } from '../logger.ts'
import { watchFile } from '../keys/watched-file.ts'
import type { KafkaSettings } from './kafka-variables.ts'
import { readCertificates, readPrivateKey, usablePair, type TlsMaterial } from './tls-material.ts'

/** The connection to the brokers: the members that `createKafka` takes. */
export interface KafkaAccess {
  readonly brokers: readonly string[]
  /** The material for the next connection; absent: no TLS. */
  readonly tls?: () => TlsMaterial
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    /** The password for the next authentication. */
    readonly password: () => string
  }
  /** True if unencrypted connections are allowed to leave this machine. */
  readonly allowPlaintext: boolean
  /** Logs what the client reports. */
  readonly log: (line: { readonly level: 'error' | 'warn'; readonly message: string }) => void
}

/** The parts that watching the files needs. */
export interface WatchParts {
  readonly timer: Timer
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Ends the watching. */
  readonly signal: AbortSignal
}

type Text = (() => string) | undefined

/**
 * Reads the files of CA, client certificate, key and password, and again each second until the signal
 * aborts. The next connection uses what they hold then. A content that cannot be used is logged once and
 * changes nothing.
 *
 * @throws `config.invalid` where a file cannot be used at start
 */
export async function kafkaAccess(
  settings: KafkaSettings,
  parts: WatchParts,
): Promise<KafkaAccess> {
  const { brokers, kafkaAllowPlaintext: allowPlaintext } = settings
  const tls = settings.kafkaTls ? await tlsOf(settings, parts) : undefined
  const sasl = await saslOf(settings, parts)
  const log: KafkaAccess['log'] = ({ level, message }) => parts.logger[level](message)
  return { brokers, allowPlaintext, log, ...(tls && { tls }), ...(sasl && { sasl }) }
}

async function tlsOf(settings: KafkaSettings, parts: WatchParts): Promise<() => TlsMaterial> {
  const watch = (path: string | undefined, name: string, read: (text: string) => string) =>
    watched({ path, name, read }, parts)
  const ca = await watch(settings.kafkaTlsCaFile, 'KAFKA_TLS_CA_FILE', readCertificates)
  const cert = await watch(settings.kafkaTlsCertFile, 'KAFKA_TLS_CERT_FILE', readCertificates)
  const key = await watch(settings.kafkaTlsKeyFile, 'KAFKA_TLS_KEY_FILE', readPrivateKey)
  const { kafkaTlsServerName: serverName } = settings
  return usablePair(() => ({
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca && { ca: ca() }),
    ...(cert && { cert: cert() }),
    ...(key && { key: key() }),
  }))
}

async function saslOf(
  settings: KafkaSettings,
  parts: WatchParts,
): Promise<KafkaAccess['sasl'] | undefined> {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = settings
  const { kafkaSaslPassword: first, kafkaSaslPasswordFile: path } = settings
  if (mechanism === undefined || username === undefined || first === undefined) return undefined
  const file = { path, name: 'KAFKA_SASL_PASSWORD_FILE', read: readPassword }
  const password = (await watched(file, parts)) ?? (() => first)
  return { mechanism, username, password }
}

function readPassword(text: string): string {
  const password = text.trimEnd()
  if (password !== '') return password
  throw new FreshetError('config.invalid', 'the file is empty')
}

interface TextFile {
  readonly path: string | undefined
  readonly name: string
  /** @throws `config.invalid` where the text cannot be used; its message holds nothing of it */
  readonly read: (text: string) => string
}

async function watched({ path, name, read }: TextFile, parts: WatchParts): Promise<Text> {
  if (path === undefined) return undefined
  const { timer, logger, signal } = parts
  const file = await watchFile({
    path,
    name,
    timer,
    signal,
    parse: (bytes) => parse(name, () => read(Buffer.from(bytes).toString('utf8'))),
    onChange: () => logger.info({ file: name }, 'file changed, its new content is in use'),
    onTrouble: (err) =>
      logger.error({ file: name, err }, 'file is not usable, its previous content stays in use'),
  })
  return file.current
}

function parse(name: string, read: () => string): string {
  try {
    return read()
  } catch (error) {
    const why = error instanceof FreshetError ? error.message : 'not readable'
    throw new FreshetError('config.invalid', `${name}: ${why}`)
  }
}
