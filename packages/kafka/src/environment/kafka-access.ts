import { FreshetError } from '@freshet/protocol'
import type { Fetch } from '@freshet/wire'
import {
  readCertificates,
  readPrivateKey,
  watchText,
  type TextFile,
  type TextWatch,
} from '@freshet/wire/environment'
import type { KafkaLogLine, KafkaSasl, KafkaTls } from '../client/settings.ts'
import { iamTokens } from './iam-token.ts'
import type { KafkaSettings } from './kafka-variables.ts'
import { clientTokens } from './request-token.ts'
import { tokenSource, type TokenRequests } from './token-source.ts'
import { createSecureContext } from 'node:tls'

/** The connection to the brokers: the members that `createKafka` takes. */
export interface KafkaAccess {
  readonly brokers: readonly string[]
  /** The material for the next connection; absent: no TLS. */
  readonly tls?: () => KafkaTls
  readonly sasl?: KafkaSasl
  /** True if unencrypted connections are allowed to leave this machine. */
  readonly allowPlaintext: boolean
  /** Logs the lines of the client. */
  readonly log: (line: KafkaLogLine) => void
}

/** The parts that watching the files and requesting tokens need. */
export interface WatchParts extends TextWatch {
  /** Reaches the token endpoint. The default is the global one. */
  readonly fetch?: Fetch
}

type Text = (() => string) | undefined

/**
 * Reads the files of CA, client certificate, key, password and client secret, and again each second until the
 * signal aborts. The next connection uses what they hold then. A content that cannot be used is logged once and
 * changes nothing.
 *
 * @throws `config.invalid` where a file cannot be used at start
 */
export function kafkaAccess(settings: KafkaSettings, parts: WatchParts): KafkaAccess {
  const { brokers, kafkaAllowPlaintext: allowPlaintext } = settings
  const tls = settings.kafkaTls ? tlsOf(settings, parts) : undefined
  const sasl = saslOf(settings, parts)
  const log: KafkaAccess['log'] = ({ level, message }) => parts.logger[level]({}, message)
  return { brokers, allowPlaintext, log, ...(tls && { tls }), ...(sasl && { sasl }) }
}

function tlsOf(settings: KafkaSettings, parts: WatchParts): () => KafkaTls {
  const watch = (path: string | undefined, name: string, read: (text: string) => string) =>
    watched({ path, name, read }, parts)
  const ca = watch(settings.kafkaTlsCaFile, 'KAFKA_TLS_CA_FILE', readCertificates)
  const cert = watch(settings.kafkaTlsCertFile, 'KAFKA_TLS_CERT_FILE', readCertificates)
  const key = watch(settings.kafkaTlsKeyFile, 'KAFKA_TLS_KEY_FILE', readPrivateKey)
  const { kafkaTlsServerName: serverName } = settings
  return usablePair(() => ({
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca && { ca: ca() }),
    ...(cert && { cert: cert() }),
    ...(key && { key: key() }),
  }))
}

function saslOf(settings: KafkaSettings, parts: WatchParts): KafkaSasl | undefined {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = settings
  if (mechanism === 'oauthbearer') return clientLogin(settings, parts)
  if (mechanism === 'aws-msk-iam') return iamLogin(settings, parts)
  const { kafkaSaslPassword: first, kafkaSaslPasswordFile: path } = settings
  if (mechanism === undefined || username === undefined || first === undefined) return undefined
  const file = { path, name: 'KAFKA_SASL_PASSWORD_FILE', read: readSecret }
  return { mechanism, username, password: watched(file, parts) ?? (() => first) }
}

function clientLogin(settings: KafkaSettings, parts: WatchParts): KafkaSasl | undefined {
  const { kafkaSaslTokenUrl: url, kafkaSaslClientId: clientId, kafkaSaslScope: scope } = settings
  const { kafkaSaslClientSecret: first, kafkaSaslClientSecretFile: path } = settings
  if (url === undefined || clientId === undefined || first === undefined) return undefined
  const file = { path, name: 'KAFKA_SASL_CLIENT_SECRET_FILE', read: readSecret }
  const secret = watched(file, parts) ?? (() => first)
  const { timer, fetch = globalThis.fetch } = parts
  return tokenLogin(
    clientId,
    clientTokens({ url, clientId, secret, scope }, { fetch, timer }),
    parts,
  )
}

function iamLogin(settings: KafkaSettings, parts: WatchParts): KafkaSasl | undefined {
  const { kafkaSaslAwsRegion: region } = settings
  if (region === undefined) return undefined
  return tokenLogin('the credentials of AWS', iamTokens(region, parts.timer), parts)
}

function tokenLogin(
  username: string,
  requests: TokenRequests,
  { timer, logger }: WatchParts,
): KafkaSasl {
  const onAway = (err: unknown): void => logger.warn({ err }, 'no token for the broker, will retry')
  const token = tokenSource(requests, { timer, onAway })
  return { mechanism: 'oauthbearer', username, token }
}

function readSecret(text: string): string {
  const secret = text.trimEnd()
  if (secret !== '') return secret
  throw new FreshetError('config.invalid', 'the file is empty')
}

interface NamedFile extends Omit<TextFile, 'path' | 'onChange'> {
  readonly path: string | undefined
}

function watched({ path, ...file }: NamedFile, parts: WatchParts): Text {
  return path === undefined ? undefined : watchText({ ...file, path }, parts).current
}

/**
 * Follows files that are replaced one after the other: while certificate and key do not belong together,
 * the last pair that did stays in use.
 *
 * @throws `config.invalid` where the first pair does not belong together
 */
function usablePair(read: () => KafkaTls): () => KafkaTls {
  let usable = read()
  if (!isUsable(usable)) {
    const message = 'KAFKA_TLS_KEY_FILE is not the key of the certificate in KAFKA_TLS_CERT_FILE'
    throw new FreshetError('config.invalid', message)
  }
  return () => {
    const now = read()
    const isSame = now.ca === usable.ca && now.cert === usable.cert && now.key === usable.key
    if (!isSame && isUsable(now)) usable = now
    return usable
  }
}

function isUsable({ ca, cert, key }: KafkaTls): boolean {
  try {
    createSecureContext({ ca, cert, key })
    return true
  } catch {
    return false
  }
}
