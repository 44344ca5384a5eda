import { FreshetError, type Client, type Registry } from '@freshet/protocol'
import type { MintOrder } from '../mint/mint.ts'
import { readScopes, readTarget } from '../oauth/request-form.ts'

/** The grant type of a workload that acts for itself (RFC 6749 §4.4). */
export const CLIENT_CREDENTIALS = 'client_credentials'

/**
 * The order of a client's own token. It is about the subject that the registry has for the client, with the
 * claims that sources state of that subject. A client without one gets no token: it has no subject whose
 * claims could be read, and the authority invents none.
 *
 * @throws `grant.forbidden` for a client without a subject; `request.malformed`, `grant.target`,
 *   `grant.scope`
 */
export function ownOrder(form: URLSearchParams, client: Client, registry: Registry): MintOrder {
  const { id, tenant, subject } = client
  if (subject === undefined) {
    throw new FreshetError('grant.forbidden', 'The registry has no subject for this client.')
  }
  const audience = readTarget(form, client, registry)
  return {
    tenant,
    parties: [{ tenant, iss: subject.iss, sub: subject.sub }],
    client: id,
    audience,
    scopes: readScopes(form, client, audience),
  }
}
