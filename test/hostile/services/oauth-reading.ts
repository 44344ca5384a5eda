import {
  headerOf,
  pathOf,
  textOf,
  type HostileAnswer,
  type HostileRequest,
} from '../../requests/request.ts'
import type { TokenBook } from '../mutation/token-book.ts'

/** The secret of every client that has one. */
export const SECRET = 'secret'
/** The client that signs instead. */
export const BATCH = 'batch'

/** A token that was really signed, by the identity provider, by a client or by us, and that was recorded. */
export interface Known {
  readonly kind: 'identity' | 'assertion' | 'access' | 'recorded'
  readonly sub: string
}

/** Reads the request as the RFCs define it, and returns what the authority’s answer wrongly revealed. */
export function judgeOAuth(
  book: TokenBook<Known>,
  request: HostileRequest,
  { status, body }: HostileAnswer,
  hasChanged: boolean,
): string | undefined {
  const form = new URLSearchParams(textOf(request))
  const client = clientOf(book, request, form)
  const path = pathOf(request)
  if (path === '/oauth/token' && status === 200) {
    const isHandedOn = book.find(one(form, 'subject_token') ?? '')?.kind === 'recorded'
    return mayHaveToken(book, form, client)
      ? minted(body, client, isHandedOn)
      : `issued to ${client}: ${body}`
  }
  const known = book.find(one(form, 'token') ?? '')
  const isOurs = known?.kind === 'access' || known?.kind === 'recorded'
  if (path === '/oauth/introspect' && body.includes('"active":true')) {
    return client === 'payments-api' && isOurs ? undefined : `active, said to ${client}`
  }
  if (path === '/oauth/revoke' && status === 200 && client === undefined)
    return 'revoked for nobody'
  const mayRevoke = path === '/oauth/revoke' && status === 200 && client === 'web' && isOurs
  return hasChanged && !mayRevoke ? `changed state and answered ${status} ${body}` : undefined
}

/** Returns the only value of a parameter. */
function one(form: URLSearchParams, name: string): string | undefined {
  const all = form.getAll(name)
  return all.length === 1 ? all[0] : undefined
}

/** Returns the client that the request proves, by either method. */
export function clientOf(
  book: TokenBook<Known>,
  request: HostileRequest,
  form: URLSearchParams,
): string | undefined {
  const assertion = book.find(one(form, 'client_assertion') ?? '')
  if (assertion?.kind === 'assertion') return assertion.sub
  const [, encoded = ''] = /^basic +(\S+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
  const [id = '', secret] = Buffer.from(encoded, 'base64').toString().split(':')
  return ['web', 'payments-api'].includes(id) && secret === SECRET ? id : undefined
}

function mayHaveToken(
  book: TokenBook<Known>,
  form: URLSearchParams,
  client: string | undefined,
): boolean {
  const targets = new Set([...form.getAll('audience'), ...form.getAll('resource')].filter(Boolean))
  if (client === undefined || [...targets].join(' ') !== 'payments') return false
  if (one(form, 'grant_type') === 'client_credentials') return client === BATCH
  const isExchange = one(form, 'grant_type')?.endsWith(':grant-type:token-exchange') === true
  const kind = book.find(one(form, 'subject_token') ?? '')?.kind
  return isExchange && (kind === 'identity' || (kind === 'recorded' && client === 'payments-api'))
}

/**
 * Checks that the minted token is about the requested subject, and no more; a client that hands a token on is
 * named.
 */
function minted(body: string, client: string | undefined, isHandedOn: boolean): string | undefined {
  const { access_token: token } = JSON.parse(body) as { readonly access_token: string }
  const payload = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  ) as object
  const { sub, aud, groups, client_id: by, act, scope } = payload as Record<string, unknown>
  if (scope !== undefined) return `minted scope ${JSON.stringify(scope)}, which no client has`
  const actor = (act as { readonly sub?: unknown } | undefined)?.sub ?? null
  const content = JSON.stringify([sub, aud, groups, by, actor])
  const about = client === BATCH ? 'robot' : 'alice'
  const expected = [about, 'payments', ['a'], client, isHandedOn ? 'robot' : null]
  return content === JSON.stringify(expected) ? undefined : `minted ${content}`
}
