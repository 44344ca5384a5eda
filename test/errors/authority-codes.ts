import { SECRET } from '../hostile/services/oauth-reading.ts'
import { activate } from '../hostile/services/plant-authority.ts'
import type { Provocations } from './answers.ts'
import { basicOf, evaluationOf, exchangeForm } from '../requests/authority-requests.ts'
import { FORM_TYPE, JSON_TYPE } from '../requests/operation.ts'
import { PUBLISHING_IDP, WORKERS, type AuthoritySurface } from './authority-world.ts'
import { CODES_OF_BROKER, CODES_OF_DATABASE, whileFailing } from './failing.ts'

const TOO_LARGE = 33_000
/** An address can send this number of wrong credentials at once. */
const WRONG_CREDENTIALS_MAX = 20
const LONG_AGO_MS = -3_600_000
const basic = (client: string) => ({ authorization: basicOf(client, SECRET) })

/** A request to the OAuth endpoints for each of their codes. */
export function oauthCodes(surface: AuthoritySurface): Provocations {
  const { post, attacked, database, broker, policy } = surface
  const mint = (): Promise<Response> => post('/oauth/token', exchangeForm(attacked.identityToken()))
  const revoke = (client?: string) =>
    post('/oauth/revoke', { token: attacked.accessToken() }, client)
  return {
    ...formErrors(surface),
    ...grantErrors(surface),
    ...mintErrors(surface),
    ...whileFailing(database, [...CODES_OF_DATABASE, 'invariant.broken'], mint),
    ...whileFailing(policy, ['registry.not-loaded'], mint),
    ...whileFailing(broker, [...CODES_OF_BROKER, 'topic.mismatch'], () => revoke()),
    'request.forbidden': () => revoke('narrowing'),
    'limit.reached': () => post('/oauth/token', exchangeForm(attacked.identityToken()), 'limited'),
  }
}

function formErrors({ url, post, attacked }: AuthoritySurface): Provocations {
  const exchange = (token: string): Promise<Response> => post('/oauth/token', exchangeForm(token))
  return {
    'request.malformed': () => fetch(new URL('/oauth/token', url), { method: 'POST', body: 'x' }),
    'request.unauthenticated': () => post('/oauth/token', exchangeForm('x'), ''),
    'token.invalid': () => exchange('x'),
    'token.unproven': () => exchange(attacked.identityToken({ cnf: { jkt: 'thumbprint' } })),
    'keys.unavailable': () => exchange(attacked.identityToken({ iss: PUBLISHING_IDP })),
  }
}

function grantErrors({ post, attacked }: AuthoritySurface): Provocations {
  const exchange = (more: Readonly<Record<string, string>>, claims?: object): Promise<Response> =>
    post('/oauth/token', { ...exchangeForm(attacked.identityToken(claims)), ...more })
  const client = { grant_type: 'client_credentials', audience: 'payments' }
  return {
    'grant.invalid': () => exchange({}, { sub: 'nobody' }),
    'grant.cycle': () => {
      const { subject_token_type: actor_token_type = '' } = exchangeForm('')
      return exchange({ actor_token: attacked.identityToken(), actor_token_type })
    },
    'grant.too-deep': async () => {
      const first = await exchange({})
      const [last = '', ...before] = WORKERS.toReversed()
      let token = await tokenIn(first)
      for (const worker of before.toReversed())
        token = await tokenIn(
          await post('/oauth/token', exchangeForm(token, 'access_token'), worker),
        )
      return post('/oauth/token', exchangeForm(token, 'access_token'), last)
    },
    'grant.target': () => exchange({ audience: 'ledger' }),
    'grant.scope': () => exchange({ scope: 'unknown' }),
    'grant.forbidden': () => post('/oauth/token', client),
    'grant.unsupported': () => post('/oauth/token', { ...client, grant_type: 'password' }),
  }
}

async function tokenIn(response: Response): Promise<string> {
  const { access_token: token, ...more } = (await response.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`No token was issued: ${JSON.stringify(more)}`)
  return token
}

function mintErrors({ post, attacked, keys }: AuthoritySurface): Provocations {
  const mint = (sub: string, client?: string, audience = 'payments'): Promise<Response> =>
    post('/oauth/token', { ...exchangeForm(attacked.identityToken({ sub })), audience }, client)
  return {
    'mint.unverified': async () => {
      attacked.setSourceTimes(LONG_AGO_MS)
      const answer = await mint('alice')
      attacked.setSourceTimes(0)
      return answer
    },
    'mint.not-active': async () => {
      activate(attacked.database, 2)
      const answer = await mint('alice')
      activate(attacked.database, 1)
      return answer
    },
    'mint.doubtful': () => mint('doubted'),
    'mint.too-large': () => mint('alice', 'narrowing', 'narrow'),
    'mint.contended': () => mint('overtaken'),
    'keys.unusable': async () => {
      keys.isUsable = false
      const answer = await mint('alice')
      keys.isUsable = true
      return answer
    },
  }
}

/** A request to the decisions for each of their codes. */
export function evaluationCodes({
  url,
  attacked,
  database,
  policy,
}: AuthoritySurface): Provocations {
  const question = (token = 'x'): string => JSON.stringify(evaluationOf({ token }))
  const ask = (
    body: string,
    headers: Readonly<Record<string, string>> = { ...JSON_TYPE, ...basic('payments-api') },
  ): Promise<Response> =>
    fetch(new URL('/access/v1/evaluation', url), { method: 'POST', headers, body })
  return {
    'request.malformed': () => ask('no JSON'),
    'request.too-large': () => ask(question('x'.repeat(TOO_LARGE))),
    'request.media-type': () => ask('x', { ...FORM_TYPE, ...basic('payments-api') }),
    'request.unauthenticated': () => ask(question(), JSON_TYPE),
    'request.forbidden': () => ask(question(), { ...JSON_TYPE, ...basic('web') }),
    'limit.reached': async () => {
      const wrong = { ...JSON_TYPE, ...basic('nobody') }
      for (let n = 0; n < WRONG_CREDENTIALS_MAX; n += 1) await ask(question(), wrong)
      return ask(question(), wrong)
    },
    ...whileFailing(policy, ['registry.not-loaded'], () => ask(question())),
    ...whileFailing(database, CODES_OF_DATABASE, () => ask(question(attacked.accessToken()))),
  }
}
