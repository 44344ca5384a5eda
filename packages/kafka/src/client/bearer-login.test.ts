import { FreshetError } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { toBrokerError } from '../errors/classify.ts'
import { bearerLogin } from './bearer-login.ts'
import type { TokenLogin } from './settings.ts'

const NONE = Buffer.from([0xff, 0xff, 0xff, 0xff])

interface Message {
  readonly request: { encode(): Promise<Buffer> }
}
type Answer = () => Promise<Buffer>

/** Authenticates once with a broker that gives these answers. Returns the texts of the messages, and the error. */
async function attempt(login: TokenLogin, answers: readonly Answer[]) {
  const texts: string[] = []
  const { authenticationProvider } = bearerLogin(login) as {
    readonly authenticationProvider: (connection: object) => { authenticate(): Promise<void> }
  }
  const saslAuthenticate = async ({ request }: Message): Promise<Buffer> => {
    const bytes = await request.encode()
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
    texts.push(bytes.subarray(4).toString())
    return (answers[texts.length - 1] ?? accepts)()
  }
  const error: unknown = await authenticationProvider({ saslAuthenticate })
    .authenticate()
    .catch((reason: unknown) => reason)
  return { texts, error }
}

const accepts: Answer = () => Promise.resolve(NONE)
const challenges: Answer = () => {
  const text = Buffer.from('{"status":"invalid_token"}')
  return Promise.resolve(Buffer.concat([Buffer.from([0, 0, 0, text.length]), text]))
}
const failed = Object.assign(new Error('no'), { type: 'SASL_AUTHENTICATION_FAILED' })
const refuses: Answer = () => Promise.reject(failed)
const closes: Answer = () =>
  Promise.reject(Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' }))

const login = (token: TokenLogin['token']): TokenLogin => ({
  mechanism: 'oauthbearer',
  username: 'edge',
  token,
})
const fixed = (value: string): TokenLogin => login(() => Promise.resolve({ value }))
const classified = (error: unknown): FreshetError =>
  toBrokerError(error, 'Follow t', { sasl: fixed('x') })

describe('a login by a token', () => {
  it('sends the token and nothing else', async () => {
    const { texts, error } = await attempt(fixed('a.b-c_d~e+f/g=='), [accepts])
    expect(error).toBeUndefined()
    expect(texts).toEqual(['n,,\u0001auth=Bearer a.b-c_d~e+f/g==\u0001\u0001'])
  })

  it.each<[string, readonly Answer[]]>([
    ['a challenge and an error', [challenges, refuses]],
    ['a challenge and a closed connection', [challenges, closes]],
    ['a challenge and no error', [challenges, accepts]],
    ['an error', [refuses]],
  ])('is refused by %s', async (_, answers) => {
    const { texts, error } = await attempt(fixed('a.b.c'), answers)
    expect(texts[1]).toBe(answers.length > 1 ? '\u0001' : undefined)
    const { code, message } = classified(error)
    expect(code).toBe('broker.unauthenticated')
    expect(message).toContain('the broker refuses the token of edge')
    expect(message).not.toContain('a.b.c')
  })

  it('asks for another token after a refusal, in every session of the client', async () => {
    const refusals: (string | undefined)[] = []
    const counting = login((refused) => {
      refusals.push(refused)
      return Promise.resolve({ value: `t${refusals.length}` })
    })
    await attempt(counting, [refuses])
    await attempt(counting, [accepts])
    expect(refusals).toEqual([undefined, 't1'])
  })

  it('control: a connection that ends is no refusal', async () => {
    const { error } = await attempt(fixed('a.b.c'), [closes])
    expect(classified(error).code).toBe('broker.unavailable')
  })

  it('sends nothing where there is no token, and reports the reason', async () => {
    const away = new FreshetError('broker.unavailable', 'the token endpoint x does not answer')
    const { texts, error } = await attempt(
      login(() => Promise.reject(away)),
      [],
    )
    expect(texts).toEqual([])
    expect(classified(error)).toMatchObject({
      code: away.code,
      message: `Follow t: ${away.message}.`,
    })
  })

  it('repeats no text of an error of other code', async () => {
    const { error } = await attempt(
      login(() => Promise.reject(new Error('hush'))),
      [],
    )
    const { code, message } = classified(error)
    expect(code).toBe('broker.unauthenticated')
    expect(message).toContain('the function `token`')
    expect(message).not.toContain('hush')
  })

  it.each(['', 'a b', 'a\u0001auth=Bearer b', 'é'])(
    'sends no text that is no token: %j',
    async (value) => {
      const { texts, error } = await attempt(fixed(value), [])
      expect(texts).toEqual([])
      expect(classified(error).message).toContain('RFC 6750')
    },
  )

  it('control: a value that is missing is no token', async () => {
    const none = login(() => Promise.resolve({} as { value: string }))
    expect((await attempt(none, [])).texts).toEqual([])
  })
})
