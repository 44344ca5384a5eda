import { ACME_IDP, hrChange, igaChange } from '@freshet/testkit'
import { formatChangeEvent, type Jwks } from '@freshet/wire'
import { STRUCTURED } from '../gateway/gateway-world.ts'
import { documentOf } from '../gateway/published-document.ts'
import { JSON_TYPE, KIB, sharedOperations, type Make, type Operations } from './operation.ts'
import { requestOf, type HostileRequest } from './request.ts'

/** The senders of a gateway and the objects that their requests name. */
export interface GatewaySenders {
  readonly operator: string
  readonly admin: string
  /** Returns a new assertion of a source. */
  readonly assertion: (source: string) => string | Promise<string>
  /** Returns a body that source hr signed. */
  readonly signed: (header: object, payload: object) => string
  readonly nowMs: () => number
  /** Returns a number above those before: an id, and the version of a change. */
  readonly next: () => number
  /** Returns the sequence that source iga must send. */
  readonly nextSequence: () => bigint
  /** Returns the id of a new quarantined record, with or without a doubt. */
  readonly quarantined: (isInDoubt?: boolean) => string
  /** The keys of source hr in a new policy version. */
  readonly keys: Jwks
}

type Request = Make<GatewaySenders>

const CHANGES = '/v1/changes'
const DISABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled'
const TENANT = 'acme'
const reason = 'a test'

const asAdmin = (token: string) => ({ ...JSON_TYPE, authorization: `Bearer ${token}` })
const subjectOf = (sub: string) => ({ format: 'iss_sub', iss: ACME_IDP, sub })

/** A gain of a subject of its own, so that no other token becomes stale. */
function change(senders: GatewaySenders): unknown {
  const n = senders.next()
  const subject = { tenant: TENANT, iss: ACME_IDP, sub: `hostile-${n}` }
  const content = { subject, op: 'set', occurredAtMs: senders.nowMs() } as const
  return formatChangeEvent(hrChange(BigInt(n), { id: `hostile-${n}`, ...content }))
}

const sent =
  (source: string, type: string, body: (senders: GatewaySenders) => unknown): Request =>
  async (senders) => {
    const authorization = `Bearer ${await senders.assertion(source)}`
    return requestOf('POST', CHANGES, { 'content-type': type, authorization }, body(senders))
  }

const signed =
  (type: string, header: object, payload: (senders: GatewaySenders) => object): Request =>
  (senders) =>
    requestOf('POST', CHANGES, { 'content-type': type }, senders.signed(header, payload(senders)))

/** A security event token (RFC 8417). */
function eventToken(senders: GatewaySenders): object {
  const n = senders.next()
  return {
    iss: 'hr',
    jti: `hr-set-${n}`,
    iat: Math.floor(senders.nowMs() / 1_000),
    sub_id: subjectOf('alice'),
    events: { [DISABLED]: {} },
    freshet: { tenant: TENANT, sourceVersion: String(n) },
  }
}

/** A request in the HTTP binding: attributes in headers, and only the data in the body. */
async function binary(senders: GatewaySenders): Promise<HostileRequest> {
  const { data, ...attributes } = change(senders) as Record<string, unknown>
  const named = Object.entries(attributes).filter(([name]) => name !== 'datacontenttype')
  const headers = named.map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))])
  const authorization = `Bearer ${await senders.assertion('hr')}`
  return requestOf(
    'POST',
    CHANGES,
    { ...JSON_TYPE, authorization, ...(Object.fromEntries(headers) as Record<string, string>) },
    data,
  )
}

const byOperator =
  (path: (senders: GatewaySenders) => string, body: (senders: GatewaySenders) => object): Request =>
  (senders) =>
    requestOf('POST', path(senders), asAdmin(senders.operator), body(senders))

const byAdmin =
  (path: (senders: GatewaySenders) => string, body: (senders: GatewaySenders) => object): Request =>
  (senders) =>
    requestOf('POST', path(senders), asAdmin(senders.admin), body(senders))

/** The operations of a gateway. */
export const gatewayOperations: Operations<GatewaySenders> = {
  ...sharedOperations,
  'POST /v1/changes': {
    guards: ['source'],
    requests: {
      structured: sent('hr', STRUCTURED, change),
      dense: sent('iga', STRUCTURED, (senders) =>
        formatChangeEvent(igaChange(senders.nextSequence())),
      ),
      batch: sent('hr', 'application/cloudevents-batch+json', (senders) => [
        change(senders),
        change(senders),
      ]),
      signed: signed(
        'application/jose',
        { typ: 'cloudevents+json' },
        (senders) => change(senders) as object,
      ),
      SET: signed('application/secevent+jwt', { typ: 'secevent+jwt' }, eventToken),
      binary,
    },
  },
  'POST /v1/heartbeats': {
    guards: ['source'],
    requests: {
      heartbeat: async (senders) => {
        const authorization = `Bearer ${await senders.assertion('hr')}`
        const through = new Date(senders.nowMs()).toISOString()
        const headers = { ...JSON_TYPE, authorization }
        return requestOf('POST', '/v1/heartbeats', headers, { tenant: TENANT, through })
      },
    },
  },
  'POST /v1/sources/{source}/epochs': {
    guards: ['source', 'own source'],
    requests: {
      'a new epoch': async (senders) => {
        const authorization = `Bearer ${await senders.assertion('security')}`
        const headers = { ...JSON_TYPE, authorization }
        return requestOf('POST', '/v1/sources/security/epochs', headers, { tenant: TENANT })
      },
    },
  },
  'GET /v1/sources/{source}/state': {
    guards: ['source', 'own source'],
    requests: {
      // A page waits until everything of the source is recorded, and this one sends no change.
      'its own states': async (senders) => {
        const authorization = `Bearer ${await senders.assertion('security')}`
        return requestOf('GET', `/v1/sources/security/state?tenant=${TENANT}`, { authorization })
      },
    },
  },
  'GET /v1/sources/{source}': {
    guards: ['source or admin', 'own source'],
    requests: {
      'its own view': async (senders) => {
        const authorization = `Bearer ${await senders.assertion('hr')}`
        return requestOf('GET', `/v1/sources/hr?tenant=${TENANT}`, { authorization })
      },
    },
  },
  'POST /v1/cut-offs': {
    guards: ['operator', 'json'],
    requests: {
      denial: byOperator(
        () => '/v1/cut-offs',
        ({ next }) => ({ op: 'deny', tenant: TENANT, scope: 'token', target: `t${next()}` }),
      ),
      'cut-off that is counted': byOperator(
        () => '/v1/cut-offs?dryRun=true',
        () => ({
          op: 'cut-off',
          scope: 'client',
          tenant: TENANT,
          target: 'payments-web',
          unknown: true,
          reason,
        }),
      ),
    },
  },
  'POST /v1/openings': {
    guards: ['admin', 'json'],
    requests: {
      opening: byAdmin(
        () => '/v1/openings',
        ({ next }) => ({
          tenant: TENANT,
          audience: 'payments',
          claim: 'groups',
          route: `GET /${next()}`,
          for: '30m',
          reason,
        }),
      ),
    },
  },
  'POST /v1/openings/{id}/close': {
    guards: ['admin', 'json'],
    requests: {
      closing: byAdmin(
        ({ next }) => `/v1/openings/open-${next()}/close`,
        () => ({ tenant: TENANT, reason }),
      ),
    },
  },
  'POST /v1/erasures': {
    guards: ['operator', 'json'],
    requests: {
      erasure: byOperator(
        () => '/v1/erasures',
        ({ next }) => ({ tenant: TENANT, subject: subjectOf(`gone-${next()}`), reason }),
      ),
    },
  },
  'POST /v1/registry': {
    guards: ['admin'],
    bytesMax: KIB * KIB,
    requests: {
      'policy version': byAdmin(
        () => '/v1/registry',
        ({ next, keys }) => JSON.parse(documentOf(next(), keys)) as object,
      ),
    },
  },
  'POST /v1/quarantine/{id}/replay': {
    guards: ['operator', 'json'],
    requests: {
      replay: byOperator(
        ({ quarantined }) => `/v1/quarantine/${quarantined()}/replay`,
        () => ({ reason: 'key published' }),
      ),
    },
  },
  'POST /v1/quarantine/{id}/drop': {
    guards: ['operator', 'json'],
    requests: {
      drop: byOperator(
        ({ quarantined }) => `/v1/quarantine/${quarantined()}/drop`,
        () => ({ reason }),
      ),
    },
  },
  'POST /v1/quarantine/{id}/clear': {
    guards: ['operator', 'json'],
    requests: {
      clear: byOperator(
        ({ quarantined }) => `/v1/quarantine/${quarantined(true)}/clear`,
        () => ({ reason }),
      ),
    },
  },
}
