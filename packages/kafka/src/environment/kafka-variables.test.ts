import { FreshetError } from '@freshet/protocol'
import { expect, test } from 'vitest'
import { readKafkaSettings } from './kafka-variables.ts'

const local = { KAFKA_BROKERS: '127.0.0.1:9092' }
const tls = { ...local, KAFKA_TLS: 'true' }
const sasl = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'gateway',
  KAFKA_SASL_PASSWORD: 'hush',
}
const oauth = {
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_TOKEN_URL: 'https://login.example/token',
  KAFKA_SASL_CLIENT_ID: 'gateway',
  KAFKA_SASL_CLIENT_SECRET: 'hush',
}

function problemsOf(env: Readonly<Record<string, string>>): string {
  try {
    readKafkaSettings(env)
  } catch (error) {
    if (error instanceof FreshetError) return error.message
    throw error
  }
  return ''
}

test('a whole configuration is read', () => {
  const files = { KAFKA_TLS_CA_FILE: 'ca.pem', KAFKA_TLS_SERVER_NAME: 'kafka.example' }
  expect(
    readKafkaSettings({ ...tls, ...files, ...sasl, KAFKA_BROKERS: 'k1:9092, k2:9092' }),
  ).toEqual({
    brokers: ['k1:9092', 'k2:9092'],
    kafkaTls: true,
    kafkaTlsCaFile: 'ca.pem',
    kafkaTlsCertFile: undefined,
    kafkaTlsKeyFile: undefined,
    kafkaTlsServerName: 'kafka.example',
    kafkaSaslMechanism: 'scram-sha-512',
    kafkaSaslUsername: 'gateway',
    kafkaSaslPassword: 'hush',
    kafkaSaslPasswordFile: undefined,
    kafkaSaslTokenUrl: undefined,
    kafkaSaslClientId: undefined,
    kafkaSaslClientSecret: undefined,
    kafkaSaslClientSecretFile: undefined,
    kafkaSaslScope: undefined,
    kafkaAllowPlaintext: false,
  })
})

test('a whole configuration of tokens is read', () => {
  expect(readKafkaSettings({ ...tls, ...oauth, KAFKA_SASL_SCOPE: 'kafka' })).toMatchObject({
    kafkaSaslMechanism: 'oauthbearer',
    kafkaSaslTokenUrl: 'https://login.example/token',
    kafkaSaslClientId: 'gateway',
    kafkaSaslClientSecret: 'hush',
    kafkaSaslScope: 'kafka',
  })
})

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'a CA without TLS',
    { ...local, KAFKA_TLS_CA_FILE: 'x' },
    'KAFKA_TLS: set it to true, as KAFKA_TLS_CA_FILE needs TLS',
  ],
  [
    'a name while TLS is off',
    { ...local, KAFKA_TLS: 'false', KAFKA_TLS_SERVER_NAME: 'x' },
    'as KAFKA_TLS_SERVER_NAME needs TLS',
  ],
  [
    'a certificate without its key',
    { ...tls, KAFKA_TLS_CERT_FILE: 'x' },
    'KAFKA_TLS_KEY_FILE: missing',
  ],
  [
    'a key without its certificate',
    { ...tls, KAFKA_TLS_KEY_FILE: 'x' },
    'KAFKA_TLS_CERT_FILE: missing',
  ],
  [
    'a mechanism alone',
    { ...tls, KAFKA_SASL_MECHANISM: 'plain' },
    'KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE: missing',
  ],
  [
    'a password alone',
    { ...tls, KAFKA_SASL_PASSWORD: 'hush' },
    'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME: missing',
  ],
  [
    'an unknown mechanism',
    { ...tls, ...sasl, KAFKA_SASL_MECHANISM: 'gssapi' },
    'KAFKA_SASL_MECHANISM:',
  ],
  [
    'tokens without a client',
    { ...tls, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SASL_TOKEN_URL: 'https://a.example/t' },
    'KAFKA_SASL_CLIENT_ID, KAFKA_SASL_CLIENT_SECRET or KAFKA_SASL_CLIENT_SECRET_FILE: missing; oauthbearer needs',
  ],
  [
    'a scope alone',
    { ...tls, KAFKA_SASL_SCOPE: 'kafka' },
    'KAFKA_SASL_MECHANISM, KAFKA_SASL_TOKEN_URL, KAFKA_SASL_CLIENT_ID',
  ],
  [
    'IAM without a region',
    { ...tls, KAFKA_SASL_MECHANISM: 'aws-msk-iam' },
    'KAFKA_SASL_AWS_REGION: missing; aws-msk-iam needs the region of the cluster',
  ],
  [
    'a region alone',
    { ...tls, KAFKA_SASL_AWS_REGION: 'eu-central-1' },
    'KAFKA_SASL_MECHANISM: missing',
  ],
  [
    'a region that is an address',
    { ...tls, KAFKA_SASL_MECHANISM: 'aws-msk-iam', KAFKA_SASL_AWS_REGION: 'a.example/eu' },
    'KAFKA_SASL_AWS_REGION: must be the name of a region',
  ],
  [
    'a password with IAM',
    { ...tls, ...sasl, KAFKA_SASL_MECHANISM: 'aws-msk-iam', KAFKA_SASL_AWS_REGION: 'eu-central-1' },
    'KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: unset it, as aws-msk-iam does not use it',
  ],
  [
    'a user with tokens',
    { ...tls, ...oauth, KAFKA_SASL_USERNAME: 'gateway' },
    'KAFKA_SASL_USERNAME: unset it, as oauthbearer does not use it',
  ],
  [
    'a token URL with a password',
    { ...tls, ...sasl, KAFKA_SASL_TOKEN_URL: 'https://login.example/token' },
    'KAFKA_SASL_TOKEN_URL: unset it, as scram-sha-512 does not use it',
  ],
  [
    'a token endpoint in clear',
    { ...tls, ...oauth, KAFKA_SASL_TOKEN_URL: 'http://login.example/token' },
    'KAFKA_SASL_TOKEN_URL: must be https, or on loopback',
  ],
  [
    'a token URL with a user',
    { ...tls, ...oauth, KAFKA_SASL_TOKEN_URL: 'https://a:hush@login.example/token' },
    'KAFKA_SASL_TOKEN_URL: must be https',
  ],
  [
    'a misspelt name',
    { ...tls, KAFKA_TLS_CAFILE: 'x' },
    'KAFKA_TLS_CAFILE: not a known variable; did you mean KAFKA_TLS_CA_FILE?',
  ],
  [
    'a misspelt name of SASL',
    { ...tls, KAFKA_SASL_USER_NAME: 'x' },
    'did you mean KAFKA_SASL_USERNAME?',
  ],
  [
    'a broker over a network in clear',
    { KAFKA_BROKERS: '127.0.0.1:1,k1:9092' },
    'KAFKA_BROKERS: k1:9092 is not on loopback and KAFKA_TLS is off',
  ],
  ['SASL over a network in clear', { ...sasl, KAFKA_BROKERS: 'k1:9092' }, 'set KAFKA_TLS=true'],
])('%s is refused, and the message names what to change', (_, env, message) => {
  expect(problemsOf(env)).toContain(message)
  expect(problemsOf(env)).not.toContain('hush')
})

test.each<[string, Readonly<Record<string, string>>]>([
  [
    'a network in clear, where that is accepted',
    { KAFKA_BROKERS: 'k1:9092', KAFKA_ALLOW_PLAINTEXT: 'true' },
  ],
  ['names of other programs that begin with KAFKA_', { ...local, KAFKA_HEAP_OPTS: '-Xmx1g' }],
  ['loopback in clear', { KAFKA_BROKERS: 'localhost:1,127.0.0.1:2,[::1]:3' }],
  [
    'a token endpoint on loopback',
    { ...local, ...oauth, KAFKA_SASL_TOKEN_URL: 'http://127.0.0.1:1/token' },
  ],
])('%s passes', (_, env) => {
  expect(problemsOf(env)).toBe('')
})
