import { adminTokenHash } from '@freshet/runtime'
import { readSourceKey, sourceAssertion } from '@freshet/source'
import { generateKeyPair, SignJWT } from 'jose'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { subjectToken } from '../../packages/cli/src/stack/token-client.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { DEV_CLIENT } from '../../packages/cli/src/stack/workspace.ts'
import { sourceOf } from '../e2e/source.ts'
import { processOf, untilFresh, type TestStack } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { mint, requestFor } from '../e2e/token.ts'

/** The credentials of requests, right and wrong. */
export interface GuardWorld {
  /** Ends the services that were started with these admins. */
  readonly stop: () => Promise<void>
  readonly admins: Readonly<Record<'viewer' | 'operator' | 'admin', string>>
  readonly client: { readonly id: string; readonly secret: string }
  /** A client that is allowed to ask about tokens. */
  readonly resource: { readonly id: string; readonly secret: string }
  readonly tokens: { readonly fresh: string; readonly stale: string }
  /** Returns a token of the identity provider. */
  readonly identity: () => Promise<string>
  /** Begins a session of a browser. */
  readonly session: () => Promise<{
    readonly cookie: string
    /** The value that requests of this session carry in `X-Freshet-Csrf`. */
    readonly csrf: string
  }>
  /** The cookie of a session that no test ends. */
  readonly cookie: string
  /** Returns a new assertion of source `hr`. The gateway accepts each one once. */
  readonly assertion: () => Promise<string>
  /** Assertions of source `hr` that no gateway is allowed to accept. */
  readonly badAssertions: readonly (readonly [what: string, jwt: string])[]
}

/**
 * Gives the started services one admin for each role, and makes tokens by the authority. The console asks these
 * services, too, as `FRESHET_SERVICES` names them.
 */
export async function guardWorld(stack: TestStack, services: string): Promise<GuardWorld> {
  const admins = { viewer: 'viewer-token', operator: 'operator-token', admin: 'admin-token' }
  const entries = Object.entries(admins).map(
    ([role, token]) => `${role}:${role}:${adminTokenHash(token)}`,
  )
  const restarted = await Promise.all(
    ['gateway', 'console'].map((name) => restartWith(stack, name, { entries, services })),
  )
  await untilFresh(stack)
  const clientOf = (id: string) => ({ id, secret: stack.workspace.clientSecrets[id] ?? '' })
  const session = () => sessionOf(stack, admins.admin)
  const key = await readSourceKey('hr', stack.workspace.sources['hr']?.keyFile ?? '')
  return {
    stop: async () => void (await Promise.all(restarted.map((each) => each.stop()))),
    admins,
    client: clientOf(DEV_CLIENT),
    resource: clientOf('payments-api'),
    tokens: await tokensOf(stack),
    identity: () => subjectToken(requestFor(stack, 'carol', 'payments')),
    session,
    cookie: (await session()).cookie,
    assertion: () => sourceAssertion(key, stack.at.gateway),
    badAssertions: await badAssertions(stack),
  }
}

interface More {
  /** Admins beside its own. */
  readonly entries: readonly string[]
  /** Services that a console asks beside its own. */
  readonly services: string
}

/** Starts a service again. */
async function restartWith(
  stack: Stack,
  name: string,
  { entries, services: asked }: More,
): Promise<ManagedProcess> {
  const old = processOf(stack, name)
  await old.stop()
  const own = old.plan.env['FRESHET_ADMIN_TOKENS'] ?? ''
  const { FRESHET_SERVICES: services } = old.plan.env
  const env = {
    ...old.plan.env,
    FRESHET_ADMIN_TOKENS: [own, ...entries].join(','),
    ...(services !== undefined && { FRESHET_SERVICES: [services, asked].join(',') }),
  }
  const started = new ManagedProcess({ ...old.plan, env }, (died, what) => {
    throw new Error(`${died} ended: ${what}`)
  })
  await started.start()
  return started
}

async function tokensOf(stack: TestStack): Promise<GuardWorld['tokens']> {
  const hr = sourceOf(stack, 'hr')
  const groups = (subject: string, ...value: readonly string[]) =>
    hr.send({ subject, claim: 'groups', op: 'set', value })
  await recorded(stack, await groups('alice', 'payments-approvers'))
  await recorded(stack, await groups('bob', 'payments-approvers'))
  const [fresh, stale] = [await mint(stack, 'alice'), await mint(stack, 'bob')]
  await recorded(stack, await groups('bob'))
  return { fresh, stale }
}

async function sessionOf(stack: Stack, token: string): ReturnType<GuardWorld['session']> {
  const response = await fetch(new URL('/v1/session', stack.at.console), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';', 1)
  if (!response.ok || cookie === '') throw new Error(`The console answered ${response.status}.`)
  const { csrf } = (await response.json()) as { readonly csrf: string }
  return { cookie, csrf }
}

/** Each is right except for one member. */
async function badAssertions(stack: Stack): Promise<GuardWorld['badAssertions']> {
  const { gateway } = stack.at
  const { kid, key } = await readSourceKey('hr', stack.workspace.sources['hr']?.keyFile ?? '')
  const stranger = await generateKeyPair('ES256')
  const nowS = Math.floor(Date.now() / 1_000)
  const right = { iss: 'hr', sub: 'hr', aud: gateway, jti: 'guard', iat: nowS, exp: nowS + 30 }
  const sign = (claims: object, signer = key, header: object = {}): Promise<string> =>
    new SignJWT({ ...right, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, ...header })
      .sign(signer)
  const changed: readonly (readonly [string, Promise<string>])[] = [
    ['by another key', sign({}, stranger.privateKey)],
    ['for another audience', sign({ aud: 'https://other.test' })],
    ['of another subject', sign({ sub: 'iga' })],
    ['of another source', sign({ iss: 'iga', sub: 'iga' })],
    ['that is over', sign({ iat: nowS - 90, exp: nowS - 60 })],
    ['that lives too long', sign({ exp: nowS + 3_600 })],
    ['without an id', sign({ jti: undefined })],
    ['with a key of its own', sign({}, key, { jwk: { kty: 'EC' } })],
    ['with a header member that is not accepted', sign({}, key, { future: 'x' })],
  ]
  return Promise.all(changed.map(async ([what, jwt]) => [what, await jwt] as const))
}
