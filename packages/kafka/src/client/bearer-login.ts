import { FreshetError } from '@freshet/protocol'
import type { TokenLogin } from './settings.ts'

/** The form of a bearer token (RFC 6750 §2.1). No other text becomes part of the message to the broker. */
const TOKEN = /^[\w.~+/-]+=*$/
const SEPARATOR = '\u0001'
const SIZE_BYTES = 4

/** One message to the broker, and the reading of its answer, in the form of the library. */
interface SaslMessage {
  readonly request: { readonly encode: () => Promise<Buffer> }
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<Buffer>
    readonly parse: (bytes: Buffer) => Promise<Buffer>
  }
}

/** The parts that the library gives to an authentication. */
interface SaslConnection {
  readonly saslAuthenticate: (message: SaslMessage) => Promise<Buffer>
}

/** The token that the broker refused last, by the option that returned it. Every session of a client reads it. */
const refusedOf = new WeakMap<TokenLogin, string>()

/**
 * Returns the SASL options of the library for a login by tokens.
 *
 * The library's own way does not read the broker's answer: a refusal is a challenge (RFC 7628 §3.2.2), so a
 * refused token would look like a broker that closes connections.
 */
export function bearerLogin(login: TokenLogin): object {
  const { mechanism } = login
  const authenticationProvider = ({ saslAuthenticate }: SaslConnection): object => ({
    authenticate: () => authenticate(login, saslAuthenticate),
  })
  return { mechanism, authenticationProvider }
}

async function authenticate(
  login: TokenLogin,
  send: SaslConnection['saslAuthenticate'],
): Promise<void> {
  const value = await tokenOf(login)
  const first = `n,,${SEPARATOR}auth=Bearer ${value}${SEPARATOR}${SEPARATOR}`
  try {
    const challenge = await send(messageOf(first))
    if (isEmpty(challenge)) return
    await send(messageOf(SEPARATOR)).catch(passOn)
    throw refusal(undefined)
  } catch (error) {
    if (!isRefusal(error)) throw error
    refusedOf.set(login, value)
    throw error
  }
}

/** The answer to the challenge has no other outcome, whether an error or a closed connection reports it. */
function passOn(cause: unknown): never {
  throw refusal(cause)
}

async function tokenOf(login: TokenLogin): Promise<string> {
  try {
    const { value } = await login.token(refusedOf.get(login))
    if (typeof value === 'string' && TOKEN.test(value)) return value
    throw unusable('the text that the client got as a token has not the form of one (RFC 6750)')
  } catch (error) {
    const cause =
      error instanceof FreshetError
        ? error
        : unusable('the function `token` of the option `sasl` failed', error)
    throw saslError('NoToken', 'there is no token', cause)
  }
}

function unusable(message: string, cause?: unknown): FreshetError {
  return new FreshetError('broker.unauthenticated', message, { cause })
}

const REFUSED = 'KafkaJSSASLAuthenticationError'

function refusal(cause: unknown): Error {
  return saslError(REFUSED, 'the broker refuses the token', cause)
}

function isRefusal(error: unknown): boolean {
  const { name, type } = Object(error) as { readonly name?: unknown; readonly type?: unknown }
  return name === REFUSED || type === 'SASL_AUTHENTICATION_FAILED'
}

/** The text begins as those of the library about SASL, which this client logs once, by its own error. */
function saslError(name: string, what: string, cause: unknown): Error {
  const error = new Error(`SASL OAUTHBEARER: ${what}`, { cause })
  return Object.assign(error, { name, retriable: false })
}

function messageOf(text: string): SaslMessage {
  const size = Buffer.byteLength(text)
  const bytes = Buffer.alloc(SIZE_BYTES + size)
  bytes.writeInt32BE(size, 0)
  bytes.write(text, SIZE_BYTES)
  const same = (answer: Buffer): Promise<Buffer> => Promise.resolve(answer)
  return {
    request: { encode: () => Promise.resolve(bytes) },
    response: { decode: same, parse: same },
  }
}

/** An answer begins with its size, which is negative if there is none. */
function isEmpty(answer: Buffer): boolean {
  return answer.length < SIZE_BYTES || answer.readInt32BE(0) <= 0
}
