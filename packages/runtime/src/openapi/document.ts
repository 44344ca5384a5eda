import type { Hono } from 'hono'
import * as z from 'zod'
import { BUILD } from '../build-info.ts'
import {
  type Content,
  type Operation,
  type OperationAnswer,
  type Operations,
  jsonAnswer,
  textAnswer,
} from './operation.ts'
import { oauthErrorForm, problemForm } from './problem-form.ts'
import {
  describedHeaders,
  refusalResponses,
  type RefusalResponse,
  type SchemaRef,
} from './refusal-responses.ts'

const buildForm = z.object({ version: z.string(), commit: z.string(), node: z.string() })

/** The schemas of {@link sharedOperations} by the names of their components. */
const sharedForms = { Build: buildForm } as const

/** The routes that every service has. */
const sharedOperations: Operations = {
  'GET /livez': {
    id: 'getLiveness',
    summary: 'Liveness of this process',
    answers: { 200: textAnswer('The process answers') },
  },
  'GET /readyz': {
    id: 'getReadiness',
    summary: 'Readiness of this service',
    query: z.object({
      verbose: z.string().optional().describe('Lists every check'),
      exclude: z.string().optional().describe('Leaves this check out'),
    }),
    answers: {
      200: textAnswer('The service can do its work'),
      503: textAnswer('It cannot; the text names the failed checks'),
    },
  },
  'GET /metrics': {
    id: 'getMetrics',
    summary: 'Prometheus metrics',
    answers: { 200: textAnswer('The metrics, as OpenMetrics to a client that accepts it') },
  },
  'GET /v1/version': {
    id: 'getVersion',
    summary: 'Version and commit of this build, and the version of Node.js',
    answers: { 200: jsonAnswer('The build', buildForm) },
  },
}

const PREFIX = '#/components/schemas/'

/** The schemas of a document, and references to them. */
interface SchemaComponents {
  /** Returns a reference to the component of a named schema, a union of them, or any other schema in full. */
  readonly schemaOf: SchemaRef
  /** Returns the components that a part of the document refers to, directly or through others. */
  readonly usedBy: (part: unknown) => Readonly<Record<string, object>>
}

/**
 * Makes JSON Schemas (2020-12) of named schemas. A schema that is part of another one by its name is a reference
 * there. They describe what a reader accepts: an answer can get further members in a later version.
 */
function schemaComponents(named: Readonly<Record<string, z.ZodType>>): SchemaComponents {
  const names = z.registry<{ readonly id: string }>()
  for (const [id, schema] of Object.entries(named)) names.add(schema, { id })
  const { schemas } = z.toJSONSchema(names, { io: 'input', uri: (id) => `${PREFIX}${id}` })
  const all = new Map(Object.entries(schemas).map(([name, schema]) => [name, bare(schema)]))
  const schemaOf = (schema: z.core.$ZodType): object => {
    const id = names.get(schema)?.id
    if (id !== undefined) return { $ref: `${PREFIX}${id}` }
    if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map(schemaOf) }
    return bare(z.toJSONSchema(schema, { io: 'input' }))
  }
  return {
    schemaOf,
    usedBy: (part) => {
      const used = new Set<string>()
      collect(part, all, used)
      return Object.fromEntries([...all].filter(([name]) => used.has(name)))
    },
  }
}

function collect(part: unknown, all: ReadonlyMap<string, object>, used: Set<string>): void {
  if (typeof part !== 'object' || part === null) return
  for (const [key, value] of Object.entries(part)) {
    const name = key === '$ref' ? String(value).slice(PREFIX.length) : undefined
    if (name === undefined) collect(value, all, used)
    else if (all.has(name) && !used.has(name)) {
      used.add(name)
      collect(all.get(name), all, used)
    }
  }
}

/** The document names the dialect once, and the place of a component is its id. */
function bare({ $schema: _dialect, $id: _id, ...schema }: z.core.JSONSchema.BaseSchema): object {
  return schema
}

/** The API of a service. */
export interface ServiceApi {
  readonly title: string
  readonly description: string
  readonly securitySchemes?: Readonly<Record<string, object>>
  /** The schemas that are components, by name. Those without a use are left out. */
  readonly forms: Readonly<Record<string, z.ZodType>>
  /** Its own routes, beside those of every service. */
  readonly operations: Operations
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: object
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly responses: Readonly<Record<string, object>>
    readonly securitySchemes?: Readonly<Record<string, object>>
  }
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** Makes the OpenAPI document of a service from its table of operations and the schemas that read them. */
export function openApiDocument(api: ServiceApi): OpenApiDocument {
  const { title, description, securitySchemes, operations } = api
  const forms = { ...sharedForms, ...api.forms, Problem: problemForm, OAuthError: oauthErrorForm }
  const { schemaOf, usedBy } = schemaComponents(forms)
  const responses: Record<string, RefusalResponse> = {}
  const paths: Record<string, Record<string, object>> = {}
  for (const [route, operation] of Object.entries({ ...operations, ...sharedOperations })) {
    const [method = '', path = ''] = route.split(' ')
    const described = operationObject(path, operation, { schemaOf, responses })
    paths[path] = { ...paths[path], [method.toLowerCase()]: described }
  }
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: BUILD.version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: usedBy([paths, responses]),
      responses,
      ...(securitySchemes && { securitySchemes }),
    },
  }
}

/** Adds `/openapi.json` to a service. The document is made when the first client asks for it. */
export function addOpenApiRoute(app: Hono, make: () => OpenApiDocument): void {
  let made: OpenApiDocument | undefined
  app.get('/openapi.json', (c) => c.json((made ??= make())))
}

interface Parts {
  readonly schemaOf: SchemaRef
  /** The responses of refusals so far, by name. */
  readonly responses: Record<string, RefusalResponse>
}

function operationObject(path: string, operation: Operation, parts: Parts): object {
  const { id, summary, description, security = [], query, headers, body, answers } = operation
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
      return { name, in: 'path', required: true, schema: { type: 'string' } }
    }),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ]
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    security: security.map((name) => (name === '' ? {} : { [name]: [] })),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: contentOf(body, parts) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, parts)]),
      ),
      ...refusalsOf(operation, parts),
    },
  }
}

function parametersOf(place: 'query' | 'header', form?: z.ZodObject): readonly object[] {
  if (form === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(form, { io: 'input' })
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as { readonly description?: string }
    const isRequired = required.includes(name)
    return {
      name,
      in: place,
      ...(isRequired && { required: true }),
      ...(description !== undefined && { description }),
      schema,
    }
  })
}

function contentOf(content: Content, { schemaOf }: Parts): object {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: schemaOf(schema) }]),
  )
}

function answerOf({ description, content, headers }: OperationAnswer, parts: Parts): object {
  return {
    description,
    ...(headers && { headers: describedHeaders(headers) }),
    ...(content && { content: contentOf(content, parts) }),
  }
}

/** Returns references to components: each has the codes of a status, and the operation its meaning. */
function refusalsOf({ refusals }: Operation, { schemaOf, responses }: Parts): object {
  if (refusals === undefined) return {}
  const refused = refusalResponses(refusals, schemaOf)
  return Object.fromEntries(
    Object.entries(refused).map(([status, response]) => {
      const name = `${refusals.name}${status}`
      responses[name] ??= response
      return [status, { $ref: `#/components/responses/${name}`, description: response.description }]
    }),
  )
}
