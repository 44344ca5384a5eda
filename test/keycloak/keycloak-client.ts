import type { LocalKeycloak } from '@freshet/local-keycloak'
import { ALICE, GROUP } from './realm.ts'

/** Keycloak's answer to a login. */
export interface Login {
  readonly id_token: string
  readonly access_token: string
  readonly refresh_token: string
}

const WITHIN_MS = 60_000

/** Logs alice in at a client of the realm. */
export async function login({ issuer }: LocalKeycloak, client: string): Promise<Login> {
  const who = { username: ALICE.name, password: ALICE.password, scope: 'openid' }
  return (await token(issuer, { client_id: client, client_secret: client, ...who })) as Login
}

/** Returns the published keys of the realm, unchanged. */
export async function certsOf({ issuer }: LocalKeycloak): Promise<readonly { use?: string }[]> {
  const { keys } = (await answerOf(await fetch(`${issuer}/protocol/openid-connect/certs`))) as {
    readonly keys: readonly { use?: string }[]
  }
  return keys
}

/** Makes the realm sign with a new key; the old one stays published. */
export async function rotateRealmKey(keycloak: LocalKeycloak): Promise<void> {
  const { id } = (await asAdmin(keycloak, '')) as { readonly id: string }
  await asAdmin(keycloak, '/components', {
    name: 'next',
    providerId: 'rsa-generated',
    providerType: 'org.keycloak.keys.KeyProvider',
    parentId: id,
    config: { priority: ['900'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
  })
}

/** Ends all sessions of alice: Keycloak sends a logout token to each of its clients. */
export async function logOut(keycloak: LocalKeycloak): Promise<void> {
  await asAdmin(keycloak, `/users/${ALICE.id}/logout`, {})
}

/** Adds alice to the group at Keycloak, or removes her from it. */
export async function changeGroup(
  keycloak: LocalKeycloak,
  method: 'PUT' | 'DELETE',
): Promise<void> {
  const [group] = (await asAdmin(keycloak, `/groups?search=${GROUP}`)) as readonly [{ id: string }]
  await asAdmin(keycloak, `/users/${ALICE.id}/groups/${group.id}`, undefined, method)
}

/** Sends a request to the admin API of the realm, and returns the JSON of the answer. */
export async function asAdmin(
  { masterIssuer, adminUrl, admin }: Pick<LocalKeycloak, 'masterIssuer' | 'adminUrl' | 'admin'>,
  path: string,
  body?: object,
  method: string = body === undefined ? 'GET' : 'POST',
): Promise<unknown> {
  const { access_token } = (await token(masterIssuer, {
    client_id: 'admin-cli',
    ...admin,
  })) as Login
  const response = await fetch(`${adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(WITHIN_MS),
  })
  return answerOf(response)
}

async function token(issuer: string, form: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', ...form }),
    signal: AbortSignal.timeout(WITHIN_MS),
  })
  return answerOf(response)
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`Keycloak answered ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
