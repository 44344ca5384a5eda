import type { Vendor, VendorToken } from './vendor.ts'

const HOUR_S = 3_600
const JWT = { typ: 'JWT' }

const TENANT_ID = '8a1b6a2e-0000-4000-8000-0000000000aa'
const ENTRA = `https://login.microsoftonline.com/${TENANT_ID}/v2.0`
const ENTRA_WEB = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
const ENTRA_API = '2d4d11a2-0000-4000-8000-00000000ab1e'

/** The claims that Microsoft documents for both kinds of tokens of version 2. */
const entraUser = {
  oid: '690222be-0000-4000-8000-00000000a11c',
  sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
  tid: TENANT_ID,
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  rh: '0.AXEA-8t',
  ver: '2.0',
}
const entraIdToken = (aud: string): VendorToken => ({
  header: JWT,
  claims: {
    ...entraUser,
    aud,
    name: 'Alice Adams',
    preferred_username: 'alice@acme.example',
    sid: '5b8c1f2e-0000-4000-8000-000000000051',
  },
  lifeS: HOUR_S,
})
const entraAccessToken: VendorToken = {
  header: JWT,
  claims: {
    ...entraUser,
    aud: ENTRA_API,
    azp: ENTRA_WEB,
    azpacr: '1',
    scp: 'payments.approve',
    groups: ['payments-approvers'],
  },
  lifeS: 1.25 * HOUR_S,
}

const entra: Vendor = {
  section: 'Microsoft Entra ID',
  issuer: ENTRA,
  jwksUri: `https://login.microsoftonline.com/${TENANT_ID}/discovery/v2.0/keys`,
  keyMembers: { use: 'sig', x5t: 'vendor-1', x5c: ['MIIC'], issuer: ENTRA },
  asForeign: {
    issuer: ENTRA,
    tenant: 'acme',
    metadata: 'openid-configuration',
    audiences: ['payments'],
    claims: {},
    subjects: { iss: ENTRA },
    maxTtl: '90m',
  },
  tokens: {
    'ID token of the web application': entraIdToken(ENTRA_WEB),
    'ID token of another application': entraIdToken('0b5f6c1e-0000-4000-8000-000000000a99'),
    'access token v2 for your API': entraAccessToken,
    'access token v1 for your API': {
      header: { ...JWT, x5t: 'vendor-1' },
      claims: {
        ...entraAccessToken.claims,
        iss: `https://sts.windows.net/${TENANT_ID}/`,
        aud: `api://${ENTRA_API}`,
        appid: ENTRA_WEB,
        ver: '1.0',
      },
      lifeS: HOUR_S,
    },
    'access token that lives for 24 hours': {
      ...entraAccessToken,
      claims: { ...entraAccessToken.claims, xms_cc: ['cp1'] },
      lifeS: 24 * HOUR_S,
    },
  },
}

const OKTA = 'https://acme.okta.com/oauth2/default'
const OKTA_CLIENT = '0oa1b2c3d4e5f6g7h8i9'
const oktaIdToken = (aud: string, lifeS = HOUR_S): VendorToken => ({
  claims: {
    ver: 1,
    jti: 'ID.radCQMOQUmyvcTBmmIL0J6BaS60apUEiC7',
    sub: '00u1a2b3c4d5e6f7g8h9',
    aud,
    name: 'Alice Adams',
    preferred_username: 'alice@acme.example',
    amr: ['pwd'],
    idp: '00o1a2b3c4d5e6f7g8h9',
    at_hash: 'fPlsvVszI29LU2UhDyJ9vg',
  },
  lifeS,
})
const oktaAccessToken: VendorToken = {
  claims: {
    ver: 1,
    jti: 'AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7',
    aud: 'payments',
    cid: OKTA_CLIENT,
    uid: '00u1a2b3c4d5e6f7g8h9',
    scp: ['openid', 'profile'],
    sub: 'alice@acme.example',
    groups: ['payments-approvers'],
  },
  lifeS: 300,
}

const okta: Vendor = {
  section: 'Okta',
  issuer: OKTA,
  jwksUri: `${OKTA}/v1/keys`,
  keyMembers: { alg: 'RS256', use: 'sig' },
  asForeign: {
    issuer: OKTA,
    tenant: 'acme',
    metadata: 'openid-configuration',
    audiences: ['payments'],
    claims: { groups: 'groups' },
    subjects: { iss: OKTA, sub: 'uid' },
    maxTtl: '5m',
  },
  tokens: {
    'ID token of the application': oktaIdToken(OKTA_CLIENT),
    'ID token of another application': oktaIdToken('0oa9z8y7x6w5v4u3t2s1'),
    'ID token that lives for 24 hours': oktaIdToken(OKTA_CLIENT, 24 * HOUR_S),
    'access token of a custom authorization server': oktaAccessToken,
    'access token of the org authorization server': {
      ...oktaAccessToken,
      header: { typ: 'application/okta-internal-at+jwt' },
      claims: {
        ...oktaAccessToken.claims,
        iss: 'https://acme.okta.com',
        aud: 'https://acme.okta.com',
      },
    },
  },
}

const AUTH0 = 'https://acme.eu.auth0.com/'
const AUTH0_CLIENT = 'AbC123dEf456GhI789'
const auth0AccessToken = {
  sub: 'auth0|6553da60a54af58e29493993',
  aud: ['payments', `${AUTH0}userinfo`],
  scope: 'openid profile',
  'https://acme.example/groups': ['payments-approvers'],
}
const auth0Rfc9068 = { ...auth0AccessToken, client_id: AUTH0_CLIENT, jti: '73WakrfVbNJBaAmhQtEeDv' }
const AT_JWT = { typ: 'at+jwt' }
const auth0IdToken = (lifeS: number): VendorToken => ({
  header: JWT,
  claims: {
    sub: 'auth0|6553da60a54af58e29493993',
    aud: AUTH0_CLIENT,
    name: 'Alice Adams',
    email: 'alice@acme.example',
    sid: 'BSmHwGbfHpFKy2Sq8FRqN2kDCpDCMgJ1',
    nonce: 'n-0S6_WzA2Mj',
  },
  lifeS,
})

const auth0: Vendor = {
  section: 'Auth0',
  issuer: AUTH0,
  jwksUri: `${AUTH0}.well-known/jwks.json`,
  keyMembers: { alg: 'RS256', use: 'sig', x5t: 'vendor-1', x5c: ['MIIC'] },
  tokens: {
    'access token for the API, profile RFC 9068': {
      header: AT_JWT,
      claims: auth0Rfc9068,
      lifeS: 300,
    },
    'the same token for another API': {
      header: AT_JWT,
      claims: { ...auth0Rfc9068, aud: ['reports', `${AUTH0}userinfo`] },
      lifeS: 300,
    },
    'the same token with the default life of 24 hours': {
      header: AT_JWT,
      claims: auth0Rfc9068,
      lifeS: 24 * HOUR_S,
    },
    'access token for the API, default profile': {
      header: JWT,
      claims: { ...auth0AccessToken, azp: AUTH0_CLIENT },
      lifeS: 300,
    },
    'ID token of the application': auth0IdToken(HOUR_S),
    'ID token with the default life of 10 hours': auth0IdToken(10 * HOUR_S),
  },
}

/** The vendors with a section of docs/providers.md. None of them was reached: the forms are those of their documentation. */
export const vendors: readonly Vendor[] = [entra, okta, auth0]
