import { NOTHING_PUBLISHED } from '@freshet/testkit'
import { exchangeOrder, type ExchangeTerms, type MintOrder } from '@freshet/authority'
import type { Client } from '@freshet/protocol'
import { memoryValidationStore } from '@freshet/memory'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import { AUDIENCE, ISSUER, TOKEN_LIFE_MS, type Policy } from './deployment.ts'
import { subjectOf } from './journal.ts'
import { publishedOf } from './keys.ts'
import { linkOf, type HeldToken, type World } from './world.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:access_token'
/** The name of the client for every resource server. */
export const SERVER = 'server'

/** A token that a resource server received. */
type Received = Pick<HeldToken, 'jwt' | 'tenant'>

/** Returns the order of a mint for a token that a resource server received, by the product's own exchange. */
export function handingOn(
  world: World,
  process: Process,
  loaded: Policy,
): (token: Received, actor: string) => Promise<MintOrder> {
  const tokens = publishedOf(() => world.keys.tokens, world.kernel)
  const validation = memoryValidationStore(world.database)
  const policies = {
    reads: () => Promise.resolve([]),
    decide: () => Promise.reject(new Error('no route is named')),
  }
  return (token, actor) => {
    const own: ExchangeTerms['own'] = {
      issuer: ISSUER,
      keys: tokens(),
      validation: remote(validation, linkOf(world, process, 'database')),
      policies,
      clock: process.timer,
      loaded,
      lifeMaxMs: TOKEN_LIFE_MS,
    }
    const clock = process.timer
    const terms = {
      loaded,
      issuer: ISSUER,
      clock,
      identityProviderKeys: () => [],
      publishedKeys: NOTHING_PUBLISHED,
      own,
    }
    return exchangeOrder(formOf(token), serverOf(token.tenant, actor), terms)
  }
}

function formOf({ jwt }: Received): URLSearchParams {
  return new URLSearchParams({
    subject_token: jwt,
    subject_token_type: TYPE,
    audience: AUDIENCE.name,
  })
}

/** Returns the client that received the token, and acts for its subject. */
function serverOf(tenant: string, actor: string): Client {
  return {
    id: SERVER,
    tenant,
    subject: subjectOf(tenant, actor),
    audiences: [AUDIENCE.name],
    introspects: [AUDIENCE.name],
  }
}
