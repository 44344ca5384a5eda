import type { ErrorCode } from '@freshet/protocol'

/** The code and the message of an error. */
export type LoginRefusal = readonly [code: ErrorCode, message: string]

/** The part of a connection's description that a refusal names. */
interface Connecting {
  readonly address: string
  readonly login: string
  readonly isEncrypted: boolean
  readonly hasCertificate: boolean
}

const INVALID_PASSWORD = '28P01'
const INVALID_AUTHORIZATION = '28000'
const UNKNOWN_DATABASE = '3D000'
const INSUFFICIENT_PRIVILEGE = '42501'
/** The driver has no code for a password that the URL does not have. */
const WITHOUT_PASSWORD = 'client password must be a string'
/** Servers write this text in the language of `lc_messages`. Only the hint depends on it. */
const CERTIFICATE = /certificate/i

/** Returns the refusal if the server did not accept the login, otherwise `undefined`. */
export function loginRefusalOf(error: unknown, connecting: Connecting): LoginRefusal | undefined {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  const text = typeof message === 'string' ? message : ''
  const who = `login ${connecting.login}`
  if (text.includes(WITHOUT_PASSWORD)) {
    return ['config.invalid', `DATABASE_URL has no password, and the server asks ${who} for one.`]
  }
  switch (code) {
    case INVALID_PASSWORD:
      return ['config.invalid', passwordText(who, connecting)]
    case INVALID_AUTHORIZATION:
      return ['config.invalid', `The database refuses ${who}: ${text}. ${hint(text, connecting)}`]
    case UNKNOWN_DATABASE:
      return ['config.invalid', `DATABASE_URL names a database that does not exist: ${text}.`]
    case INSUFFICIENT_PRIVILEGE:
      return [
        'database.privilege',
        `The database at ${connecting.address} refuses ${who}: ${text}. Let a database administrator run the output of \`freshet db roles -o sql\`.`,
      ]
    default:
      return undefined
  }
}

/** The server gives the same answer to an unknown login, and to a certificate with another name. */
function passwordText(who: string, { hasCertificate }: Connecting): string {
  const causes = hasCertificate
    ? ', does not have this login, or demands its name in the certificate of sslcert'
    : ', or does not have this login'
  return `The database refuses the password of ${who}${causes}. Compare DATABASE_URL with the logins of the database. \`freshet db roles\` lists them.`
}

function hint(text: string, { isEncrypted, hasCertificate }: Connecting): string {
  if (!isEncrypted) return 'Add sslmode=verify-full to DATABASE_URL: this connection has no TLS.'
  if (CERTIFICATE.test(text) && !hasCertificate) return 'Set sslcert and sslkey in DATABASE_URL.'
  if (CERTIFICATE.test(text))
    return 'Compare the name in the certificate of sslcert with the login.'
  return 'Let a database administrator add a rule for it in pg_hba.conf.'
}
