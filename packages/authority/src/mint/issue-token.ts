import { FreshetError, type Client } from '@freshet/protocol'
import type { Admission } from '../overload/admission.ts'
import type { ClientBudgets } from '../clients/client-budgets.ts'
import { CLIENT_CREDENTIALS, ownOrder } from '../clients/client-credentials.ts'
import {
  identifyClient,
  useAssertion,
  type ClientAuthentication,
  type OAuthRequest,
} from '../clients/client-authentication.ts'
import { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE } from '../exchange/exchange-request.ts'
import { exchangeOrder, type ExchangeTerms } from '../exchange/exchange.ts'
import { mint, type IssuedToken, type MintDependencies, type MintOrder } from './mint.ts'
import { readOne } from '../oauth/request-form.ts'

/** The parts of the process that the token endpoint needs. */
export interface IssueDependencies extends MintDependencies, Omit<ExchangeTerms, 'own'> {
  readonly authentication: ClientAuthentication
  readonly admission: Admission
  readonly budgets: ClientBudgets
}

/** The same, with what exchanging access tokens of ours needs beside. */
export type ExchangeDependencies = IssueDependencies & Pick<ExchangeTerms, 'own'>

/** The successful answer (RFC 6749 §5.1, RFC 8693 §2.2.1). */
export interface TokenAnswer {
  readonly access_token: string
  /** Present for an exchange only. */
  readonly issued_token_type?: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope?: string
}

/**
 * The token endpoint: a client in, by token exchange or for itself; an enriched access token out.
 *
 * A client is known before it is admitted, so that no stranger takes its turn, though one may have had a
 * place at the door until here; whatever costs more comes after. A refusal by `limit.reached` uses nothing
 * up: the client can send the same request again.
 *
 * @throws `request.unauthenticated`, `request.malformed`, `limit.reached`, `token.invalid`, `grant.*`,
 *   `mint.*`, `database.*`
 */
export async function issueToken(
  request: OAuthRequest,
  deps: ExchangeDependencies,
): Promise<TokenAnswer> {
  const identified = await identifyClient(request, deps.authentication)
  const { client } = identified
  deps.budgets.take('mint', client, deps.loaded.registry)
  return deps.admission.run(client.id, async () => {
    await useAssertion(identified, deps.authentication)
    const { form } = request
    const grant = readOne(form, 'grant_type')
    const order = await orderOf(grant, form, client, deps)
    const issued = await mint(order, deps)
    return answerOf(issued, order, grant, deps)
  })
}

async function orderOf(
  grant: string | undefined,
  form: URLSearchParams,
  client: Client,
  deps: ExchangeDependencies,
): Promise<MintOrder> {
  switch (grant) {
    case TOKEN_EXCHANGE:
      return exchangeOrder(form, client, deps)
    case CLIENT_CREDENTIALS:
      return ownOrder(form, client, deps.loaded.registry)
    default: {
      const message = `Offered are ${TOKEN_EXCHANGE} and ${CLIENT_CREDENTIALS}.`
      throw new FreshetError('grant.unsupported', message)
    }
  }
}

function answerOf(
  { jwt, expMs }: IssuedToken,
  { scopes = [] }: MintOrder,
  grant: string | undefined,
  { clock }: IssueDependencies,
): TokenAnswer {
  return {
    access_token: jwt,
    ...(grant === TOKEN_EXCHANGE && { issued_token_type: ACCESS_TOKEN_TYPE }),
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((expMs - clock.nowMs()) / 1_000)),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
}
