import { ATTRIBUTES, COUNT_MAX, schemaOf, type Attribute, type ResourceKind } from '@freshet/scim'
import { BULK_BYTES_MAX, BULK_OPERATIONS_MAX } from './scim-bulk.ts'

type Body = Readonly<Record<string, unknown>>

const KINDS: readonly ResourceKind[] = ['User', 'Group']
const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

/** The answer to `/ServiceProviderConfig` (RFC 7643 §5). */
export function serviceProviderConfig(base: string): Body {
  return {
    schemas: [`${CORE}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: BULK_OPERATIONS_MAX,
      maxPayloadSize: BULK_BYTES_MAX,
    },
    filter: { supported: true, maxResults: COUNT_MAX },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token whose SHA-256 is in the registry.',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  }
}

/** The answers to `/ResourceTypes`. */
export function resourceTypes(base: string): readonly Body[] {
  return KINDS.map((kind) => ({
    schemas: [`${CORE}:ResourceType`],
    id: kind,
    name: kind,
    endpoint: `/${kind}s`,
    schema: schemaOf(kind),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${kind}` },
  }))
}

/** The answers to `/Schemas`. */
export function schemas(base: string): readonly Body[] {
  return KINDS.map((kind) => ({
    schemas: [`${CORE}:Schema`],
    id: schemaOf(kind),
    name: kind,
    attributes: [...ATTRIBUTES[kind].map((each) => attributeBody(each)), ...READ_ONLY[kind]],
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schemaOf(kind)}` },
  }))
}

function attributeBody({ name, type, isList, isRequired, subs }: Attribute): Body {
  const isReference = name === '$ref'
  const isMember = name === 'members'
  return {
    name,
    type: isReference ? 'reference' : type,
    multiValued: isList === true,
    required: isRequired === true,
    caseExact: name === 'externalId' || isReference,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: name === 'userName' ? 'server' : 'none',
    ...(isReference && { referenceTypes: ['User'] }),
    ...(subs !== undefined && {
      subAttributes: subs.map((sub) => ({
        ...attributeBody(sub),
        ...(isMember && { mutability: sub.name === 'display' ? 'readOnly' : 'immutable' }),
        ...(isMember && sub.name === 'type' && { canonicalValues: ['User'] }),
      })),
    }),
  }
}

const text = (name: string, more: Body = {}): Body => ({
  ...attributeBody({ name, type: 'string' }),
  mutability: 'readOnly',
  ...more,
})

/** The groups of a user are those whose list of members has it. */
const READ_ONLY: Readonly<Record<ResourceKind, readonly Body[]>> = {
  User: [
    {
      ...attributeBody({ name: 'groups', type: 'complex', isList: true }),
      mutability: 'readOnly',
      subAttributes: [
        text('value'),
        text('display'),
        text('$ref', { type: 'reference', referenceTypes: ['Group'] }),
      ],
    },
  ],
  Group: [],
}
