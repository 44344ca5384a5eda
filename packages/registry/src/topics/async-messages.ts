import { EVENT_TYPES } from '@freshet/wire'

/** The text of a topic. */
export interface TopicText {
  readonly channel: string
  /** Ends the names of its operations. */
  readonly title: string
  readonly description: string
  readonly messages: readonly string[]
  /** The components that send records, and those that receive them. */
  readonly send: string
  readonly receive: string
}

/** The topics by their addresses. */
export const TOPICS: Readonly<Record<string, TopicText>> = {
  'freshet.changes.v1': {
    channel: 'changes',
    title: 'Changes',
    description:
      'Every change of authority. Partition 0 is the control partition. The others belong to subjects, by murmur2 of the key. A heartbeat is in every partition.',
    messages: ['change', 'heartbeat', 'heartbeats', 'signedRecord'],
    send: 'Gateways and authorities send with a stamp, and sources with a signature.',
    receive: 'The reconciler and the console read from their stored offset.',
  },
  'freshet.issuances.v1': {
    channel: 'issuances',
    title: 'Issuances',
    description: 'Tokens of foreign issuers, in the partition of the subject.',
    messages: ['issuance'],
    send: 'Foreign issuers send.',
    receive: 'The reconciler reads.',
  },
  'freshet.revocations.v1': {
    channel: 'revocations',
    title: 'Revocations',
    description:
      'Revocations in batches, in the partition of their change. Each batch ends with a signed checkpoint. A record without one does not apply.',
    messages: ['revocation', 'claimMap', 'checkpoint'],
    send: 'The reconciler publishes.',
    receive: 'Every edge reads all partitions.',
  },
  'freshet.edge-reports.v1': {
    channel: 'edgeReports',
    title: 'EdgeReports',
    description: 'The last applied batch, the decisions and the state of each edge.',
    messages: ['edgeReport'],
    send: 'Edges send each second.',
    receive: 'The console reads.',
  },
  'freshet.quarantine.v1': {
    channel: 'quarantine',
    title: 'QuarantinedRecords',
    description:
      'Records that could not be proven, read or allowed: the original bytes, and the reason in headers. A record keeps its partition.',
    messages: ['quarantinedRecord'],
    send: 'The reconciler sends.',
    receive: 'The gateway and the console read a record by its offset.',
  },
  'freshet.audit.v1': {
    channel: 'audit',
    title: 'AuditHeads',
    description: 'Signed heads of the chains of the audit.',
    messages: ['auditHead'],
    send: 'The reconciler sends.',
    receive: '`freshet audit verify` reads.',
  },
}

const text = { type: 'string' }
const attributes = {
  ce_specversion: { const: '1.0' },
  ce_id: text,
  ce_source: text,
  ce_time: { type: 'string', format: 'date-time' },
  'content-type': { const: 'application/json' },
  traceparent: text,
}
const CLOUD_EVENT = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'content-type']

/** The proof of a record of the change topic: a stamp, or a signature. */
const proof = {
  ce_freshettenant: { ...text, description: 'The tenant, or `*`' },
  ce_freshetpartition: { ...text, description: 'The partition that the stamp is for' },
  ce_freshetnumber: { ...text, description: 'The number of the event in its partition' },
  ce_freshetmac: { ...text, description: 'The stamp of a gateway' },
  ce_freshetjws: { ...text, description: 'The detached JWS of a source' },
}
const signature = {
  ce_freshetkid: { ...text, description: 'The key that signed the record' },
  ce_freshetsig: { ...text, description: 'The signature, base64url' },
}
const QUARANTINED = ['id', 'code', 'rule', 'topic', 'partition', 'offset'].map(
  (n) => `freshet_${n}`,
)

interface MessageText {
  readonly title: string
  readonly type: string
  /** The file of the payload in `schemas/`, without its ending. */
  readonly schema: string
  readonly key: string | null
  readonly headers?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

const ofSubject = 'JSON array of tenant, issuer and subject; of the tenant alone for a wide change'
const ofTenant = 'JSON array of the tenant, or of `*` for many tenants'
const signed = { headers: signature, required: Object.keys(signature) }
const stamped = { headers: proof, required: ['ce_freshettenant'] }

const MESSAGES: Readonly<Record<string, MessageText>> = {
  change: {
    title: 'A change',
    type: EVENT_TYPES.change,
    schema: 'change-data',
    key: ofSubject,
    ...stamped,
  },
  heartbeat: {
    title: 'A heartbeat of a source',
    type: EVENT_TYPES.heartbeat,
    schema: 'heartbeat-data',
    key: ofTenant,
    ...stamped,
  },
  heartbeats: {
    title: 'A heartbeat of a source for many tenants',
    type: EVENT_TYPES.heartbeats,
    schema: 'heartbeats-data',
    key: ofTenant,
    ...stamped,
  },
  issuance: {
    title: 'A token of a foreign issuer',
    type: EVENT_TYPES.issuance,
    schema: 'issuance',
    key: 'JSON array of tenant, issuer and subject',
    headers: proof,
    required: ['ce_freshetpartition', 'ce_freshetnumber', 'ce_freshetjws'],
  },
  revocation: {
    title: 'A revocation',
    type: EVENT_TYPES.revocation,
    schema: 'revocation',
    key: 'The scope of the revocation, as a JSON array',
  },
  claimMap: {
    title: 'The claim map of a policy version',
    type: EVENT_TYPES.claimMap,
    schema: 'claim-map',
    key: '`["map"]`',
  },
  checkpoint: {
    title: 'A checkpoint, or a heartbeat of a partition',
    type: EVENT_TYPES.checkpoint,
    schema: 'checkpoint',
    key: null,
    ...signed,
  },
  edgeReport: {
    title: 'A report of an edge',
    type: EVENT_TYPES.edgeReport,
    schema: 'edge-report',
    key: 'The name of the edge; its murmur2 is the partition',
    headers: { ce_freshetjws: proof.ce_freshetjws },
  },
  auditHead: {
    title: 'A signed head of an audit chain',
    type: EVENT_TYPES.auditHead,
    schema: 'audit-head',
    key: 'The name of the chain',
    ...signed,
  },
}

/** Returns the messages of the document by name. */
export function asyncMessages(): Readonly<Record<string, object>> {
  const named = Object.entries(MESSAGES).map(([name, message]) => [name, messageOf(message)])
  const others = { signedRecord: signedRecord(), quarantinedRecord: quarantinedRecord() }
  return { ...Object.fromEntries(named), ...others }
}

function messageOf({ title, type, schema, key, headers = {}, required = [] }: MessageText): object {
  return {
    name: type,
    title,
    contentType: 'application/json',
    headers: {
      type: 'object',
      required: [...CLOUD_EVENT, ...required],
      properties: { ...attributes, ce_type: { const: type }, ...headers },
    },
    payload: { $ref: `./${schema}.schema.json` },
    ...(key !== null && {
      bindings: { kafka: { key: { ...text, description: key }, bindingVersion: '0.5.0' } },
    }),
  }
}

/** The proof is in the value, so no header counts. */
function signedRecord(): object {
  return {
    name: 'signedRecord',
    title: 'A change or a heartbeat whose value is the compact JWS of its source',
    contentType: 'application/jose',
    payload: text,
  }
}

/** The value can be any bytes, so it has no schema. */
function quarantinedRecord(): object {
  return {
    name: 'quarantinedRecord',
    title: 'A quarantined record with its original key, value and headers',
    contentType: 'application/octet-stream',
    headers: {
      type: 'object',
      required: QUARANTINED,
      properties: Object.fromEntries(QUARANTINED.map((name) => [name, text])),
    },
    bindings: {
      kafka: { key: { ...text, description: 'The original key' }, bindingVersion: '0.5.0' },
    },
  }
}
