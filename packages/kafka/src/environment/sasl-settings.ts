/** The mechanisms by which a process can authenticate. */
export const SASL_MECHANISMS = [
  'plain',
  'scram-sha-256',
  'scram-sha-512',
  'oauthbearer',
  'aws-msk-iam',
] as const

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
  /** The region of the cluster of `aws-msk-iam`. */
  readonly kafkaSaslAwsRegion: string | undefined
}

type Parts = Readonly<Record<string, unknown>>

/** One way to authenticate, by its variables. */
interface Way {
  /** The name in a sentence while no mechanism is set. */
  readonly name: string
  /** All variables of the way. A file without content gives no password. */
  readonly all: (config: SaslSettings) => Parts
  readonly needed: (config: SaslSettings) => Parts
  readonly need: string
}

const PASSWORD: Way = {
  name: 'SASL by a password',
  all: passwordParts,
  needed: passwordNeeds,
  need: 'SASL needs a mechanism, a username and a password',
}

const TOKEN: Way = {
  name: 'oauthbearer',
  all: tokenParts,
  needed: tokenNeeds,
  need: 'oauthbearer needs a token URL, a client id and a client secret',
}

const IAM: Way = {
  name: 'aws-msk-iam',
  all: iamParts,
  needed: iamParts,
  need: 'aws-msk-iam needs the region of the cluster',
}

const WAYS: readonly Way[] = [TOKEN, IAM, PASSWORD]

/** Returns a sentence for a half or a mixed configuration of SASL. */
export function wholeSasl(config: SaslSettings): string | undefined {
  const { kafkaSaslMechanism: mechanism } = config
  const way = wayOf(config)
  const others = WAYS.filter((each) => each !== way).map(({ all }) => all(config))
  const foreign = others.flatMap(givenIn)
  if (foreign.length > 0)
    return `${foreign.join(', ')}: unset it, as ${mechanism ?? way.name} does not use it`
  const parts: Parts = { KAFKA_SASL_MECHANISM: mechanism, ...way.needed(config) }
  const given = givenIn(parts)
  const missing = Object.keys(parts).filter((name) => !given.includes(name))
  const isOff = given.length === 0 && givenIn(way.all(config)).length === 0
  return missing.length === 0 || isOff ? undefined : `${missing.join(', ')}: missing; ${way.need}`
}

/** The way of the mechanism; without one, the first way of which a variable is set. */
function wayOf(config: SaslSettings): Way {
  const { kafkaSaslMechanism: mechanism } = config
  if (mechanism === undefined)
    return WAYS.find(({ all }) => givenIn(all(config)).length > 0) ?? PASSWORD
  return WAYS.find(({ name }) => name === mechanism) ?? PASSWORD
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

function iamParts(config: SaslSettings): Parts {
  return { KAFKA_SASL_AWS_REGION: config.kafkaSaslAwsRegion }
}

function givenIn(parts: Parts): readonly string[] {
  return Object.keys(parts).filter((name) => parts[name] !== undefined)
}
