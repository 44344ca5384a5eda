/** The mechanisms by which a process can authenticate. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const

/** The authentication of a process by SASL, from its environment. */
export interface SaslSettings {
  readonly kafkaSaslMechanism: (typeof SASL_MECHANISMS)[number] | undefined
  readonly kafkaSaslUsername: string | undefined
  /** The content of the environment or of the password file at start. */
  readonly kafkaSaslPassword: string | undefined
  readonly kafkaSaslPasswordFile: string | undefined
  /** The token endpoint of `oauthbearer`. */
  readonly kafkaSaslTokenUrl: string | undefined
  readonly kafkaSaslClientId: string | undefined
  /** The content of the environment or of the secret file at start. */
  readonly kafkaSaslClientSecret: string | undefined
  readonly kafkaSaslClientSecretFile: string | undefined
  readonly kafkaSaslScope: string | undefined
}

type Parts = Readonly<Record<string, unknown>>

/** Returns a sentence for a half or a mixed configuration of SASL. */
export function wholeSasl(config: SaslSettings): string | undefined {
  const { kafkaSaslMechanism: mechanism } = config
  const isToken =
    mechanism === undefined ? isGiven(tokenParts(config)) : mechanism === 'oauthbearer'
  const [own, other] = isToken ? [tokenNeeds, passwordParts] : [passwordNeeds, tokenParts]
  const foreign = givenIn(other(config))
  const way = mechanism ?? (isToken ? 'oauthbearer' : 'SASL by a password')
  if (foreign.length > 0) return `${foreign.join(', ')}: unset it, as ${way} does not use it`
  const parts: Parts = { KAFKA_SASL_MECHANISM: mechanism, ...own(config) }
  const given = givenIn(parts)
  const missing = Object.keys(parts).filter((name) => !given.includes(name))
  const isOff = given.length === 0 && !isGiven((isToken ? tokenParts : passwordParts)(config))
  if (missing.length === 0 || isOff) return undefined
  const needs = isToken
    ? 'oauthbearer needs a token URL, a client id and a client secret'
    : 'SASL needs a mechanism, a username and a password'
  return `${missing.join(', ')}: missing; ${needs}`
}

function passwordNeeds(config: SaslSettings): Parts {
  return {
    KAFKA_SASL_USERNAME: config.kafkaSaslUsername,
    'KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE': config.kafkaSaslPassword,
  }
}

function tokenNeeds(config: SaslSettings): Parts {
  return {
    KAFKA_SASL_TOKEN_URL: config.kafkaSaslTokenUrl,
    KAFKA_SASL_CLIENT_ID: config.kafkaSaslClientId,
    'KAFKA_SASL_CLIENT_SECRET or KAFKA_SASL_CLIENT_SECRET_FILE': config.kafkaSaslClientSecret,
  }
}

/** All variables of the way by a password. A file without content gives no password. */
function passwordParts(config: SaslSettings): Parts {
  return {
    KAFKA_SASL_USERNAME: config.kafkaSaslUsername,
    KAFKA_SASL_PASSWORD: config.kafkaSaslPassword,
    KAFKA_SASL_PASSWORD_FILE: config.kafkaSaslPasswordFile,
  }
}

function tokenParts(config: SaslSettings): Parts {
  return {
    KAFKA_SASL_TOKEN_URL: config.kafkaSaslTokenUrl,
    KAFKA_SASL_CLIENT_ID: config.kafkaSaslClientId,
    KAFKA_SASL_CLIENT_SECRET: config.kafkaSaslClientSecret,
    KAFKA_SASL_CLIENT_SECRET_FILE: config.kafkaSaslClientSecretFile,
    KAFKA_SASL_SCOPE: config.kafkaSaslScope,
  }
}

function givenIn(parts: Parts): readonly string[] {
  return Object.keys(parts).filter((name) => parts[name] !== undefined)
}

function isGiven(parts: Parts): boolean {
  return givenIn(parts).length > 0
}
