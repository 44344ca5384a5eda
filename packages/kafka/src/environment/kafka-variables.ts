import { isProtectedUrl } from '@freshet/protocol'
import { isLoopback } from '@freshet/protocol/network'
import {
  readConfig,
  secret,
  setting,
  type Relation,
  type Variable,
} from '@freshet/wire/environment'
import * as z from 'zod'
import { SASL_MECHANISMS, wholeSasl, type SaslSettings } from './sasl-settings.ts'

const word = z.string().min(1).optional()
const path = word
const region = z
  .string()
  .regex(/^[a-z]{2,}(?:-[a-z0-9]+)+$/, 'must be the name of a region, for example eu-central-1')
  .optional()
const tokenUrl = z.url().refine(isProtectedUrl, 'must be https, or on loopback').optional()

/** The connection to Kafka from the environment of a process. */
export interface KafkaSettings extends SaslSettings {
  readonly brokers: readonly string[]
  readonly kafkaTls: boolean
  /** Certificates that the brokers are verified by; absent: the roots of Node.js. */
  readonly kafkaTlsCaFile: string | undefined
  readonly kafkaTlsCertFile: string | undefined
  readonly kafkaTlsKeyFile: string | undefined
  /** Sent as SNI and compared with the brokers' certificates, in place of their hosts. */
  readonly kafkaTlsServerName: string | undefined
  /** True if unencrypted connections are allowed to leave this machine. */
  readonly kafkaAllowPlaintext: boolean
}

type KafkaVariables = { readonly [K in keyof KafkaSettings]: Variable<KafkaSettings[K]> }

/** The variables by which a process reaches Kafka. Each service and the CLI read the same ones. */
export const kafkaVariables: KafkaVariables = {
  brokers: setting(
    'KAFKA_BROKERS',
    z.string().transform((text) => text.split(',').map((each) => each.trim())),
  ),
  kafkaTls: setting('KAFKA_TLS', z.stringbool().default(false)),
  kafkaTlsCaFile: setting('KAFKA_TLS_CA_FILE', path),
  kafkaTlsCertFile: setting('KAFKA_TLS_CERT_FILE', path),
  kafkaTlsKeyFile: setting('KAFKA_TLS_KEY_FILE', path),
  kafkaTlsServerName: setting('KAFKA_TLS_SERVER_NAME', word),
  kafkaSaslMechanism: setting('KAFKA_SASL_MECHANISM', z.enum(SASL_MECHANISMS).optional()),
  kafkaSaslUsername: setting('KAFKA_SASL_USERNAME', word),
  kafkaSaslPassword: secret('KAFKA_SASL_PASSWORD', word),
  kafkaSaslPasswordFile: setting('KAFKA_SASL_PASSWORD_FILE', path),
  kafkaSaslTokenUrl: setting('KAFKA_SASL_TOKEN_URL', tokenUrl),
  kafkaSaslClientId: setting('KAFKA_SASL_CLIENT_ID', word),
  kafkaSaslClientSecret: secret('KAFKA_SASL_CLIENT_SECRET', word),
  kafkaSaslClientSecretFile: setting('KAFKA_SASL_CLIENT_SECRET_FILE', path),
  kafkaSaslScope: setting('KAFKA_SASL_SCOPE', word),
  kafkaSaslAwsRegion: setting('KAFKA_SASL_AWS_REGION', region),
  kafkaAllowPlaintext: setting('KAFKA_ALLOW_PLAINTEXT', z.stringbool().default(false)),
}

/** Each returns a sentence for a half or an unsafe configuration. `readConfig` takes them. */
export const kafkaRelations: readonly Relation<KafkaVariables>[] = [
  needsTls,
  certificateWithKey,
  wholeSasl,
  noRemotePlaintext,
]

/**
 * Reads the Kafka variables alone, for a program with other variables of its own.
 *
 * @throws `config.invalid` with every problem at once
 */
export function readKafkaSettings(
  env: Readonly<Record<string, string | undefined>>,
): KafkaSettings {
  const ours = Object.entries(env).filter(([name]) => name.startsWith('KAFKA_'))
  return readConfig(Object.fromEntries(ours), kafkaVariables, kafkaRelations)
}

/** Those of some brokers, each `host:port`, that are not on loopback. */
export function remoteBrokers(brokers: readonly string[]): readonly string[] {
  return brokers.filter((broker) => !isLoopback(broker.replace(/:\d+$/, '')))
}

function needsTls(config: KafkaSettings): string | undefined {
  const given = Object.entries({
    KAFKA_TLS_CA_FILE: config.kafkaTlsCaFile,
    KAFKA_TLS_CERT_FILE: config.kafkaTlsCertFile,
    KAFKA_TLS_KEY_FILE: config.kafkaTlsKeyFile,
    KAFKA_TLS_SERVER_NAME: config.kafkaTlsServerName,
  }).filter(([, value]) => value !== undefined)
  if (config.kafkaTls || given.length === 0) return undefined
  return `KAFKA_TLS: set it to true, as ${namesOf(given)} needs TLS`
}

function certificateWithKey(config: KafkaSettings): string | undefined {
  const { kafkaTlsCertFile: cert, kafkaTlsKeyFile: key } = config
  if ((cert === undefined) === (key === undefined)) return undefined
  const [missing, given] =
    cert === undefined
      ? ['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE']
      : ['KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_CERT_FILE']
  return `${missing}: missing, as ${given} is set; a client certificate needs both`
}

function noRemotePlaintext(config: KafkaSettings): string | undefined {
  const { brokers, kafkaTls, kafkaAllowPlaintext } = config
  const [remote] = remoteBrokers(brokers)
  if (remote === undefined || kafkaTls || kafkaAllowPlaintext) return undefined
  return `KAFKA_BROKERS: ${remote} is not on loopback and KAFKA_TLS is off, so everything would travel in clear; set KAFKA_TLS=true, or KAFKA_ALLOW_PLAINTEXT=true to accept that`
}

function namesOf(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([name]) => name).join(', ')
}
