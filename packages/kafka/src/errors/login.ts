import { X509Certificate } from 'node:crypto'
import type { KafkaOptions } from '../client/settings.ts'

/** The identity with which a client works. */
export type Login = Pick<KafkaOptions, 'tls' | 'sasl'>

/** The rights that an attempt needs, by the verb at its start. */
const RIGHTS: Readonly<Record<string, string>> = {
  Append: 'Write and Describe',
  Follow: 'Read and Describe',
  Read: 'Read and Describe',
  Bounds: 'Describe',
  Create: 'Create and Describe',
  Verify: 'Describe and DescribeConfigs',
  Delete: 'Delete',
}

/**
 * Returns the text for a denied attempt: the identity of the client, the missing rights and the next step.
 */
export function deniedText(attempt: string, login: Login): string {
  const rights = RIGHTS[attempt.split(' ')[0] ?? ''] ?? 'the rights'
  return `the broker denies it to ${principalOf(login)}, which needs ${rights}. \`freshet topic plan -o acl\` prints the rules of each role`
}

/** Returns the reason why a broker does not accept the identity of a client, and the next step. */
export function refusedText({ sasl }: Login, isMechanism: boolean): string {
  if (sasl === undefined) {
    return 'the broker closes the connection of a client without SASL. Set KAFKA_SASL_MECHANISM and the variables that it needs'
  }
  const { mechanism, username } = sasl
  if (isMechanism) {
    return `the broker does not offer ${mechanism}. Set KAFKA_SASL_MECHANISM to a mechanism of this listener`
  }
  return mechanism === 'oauthbearer'
    ? `the broker refuses the token of ${username ?? 'this client'}. Compare its issuer, audience, signature and times with the oauthbearer settings of the broker`
    : `the broker refuses user ${username} by ${mechanism}. Compare the user and its password with those of the broker`
}

function principalOf({ tls, sasl }: Login): string {
  if (sasl?.mechanism === 'oauthbearer') {
    return `the principal of its token${sasl.username === undefined ? '' : ` (client ${sasl.username})`}`
  }
  if (sasl !== undefined) return `User:${sasl.username}`
  const cert = tls === undefined || tls === true ? undefined : certificateOf(tls)
  if (cert === undefined) return 'a client without a name (User:ANONYMOUS)'
  const subject = new X509Certificate(cert).subject.split('\n').toReversed().join(',')
  return `the client certificate ${subject}`
}

function certificateOf(tls: Exclude<Login['tls'], true | undefined>): string | undefined {
  return (typeof tls === 'function' ? tls() : tls).cert
}
