import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { createApp } from '@freshet/runtime'
import { closed } from './closed-schema.ts'
import { documentOf, type AddOpenApi } from './document-of.ts'

type App = Pick<ReturnType<typeof createApp>, 'request'>

/** The parts of an OpenAPI document that a check reads. */
export interface CheckedDocument {
  readonly info: { readonly title: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, CheckedOperation>>>>
  readonly components: {
    readonly responses: Readonly<Record<string, CheckedResponse>>
    readonly schemas: Readonly<Record<string, object>>
  }
}

interface CheckedOperation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> }
  readonly responses: Readonly<Record<string, CheckedResponse | { readonly $ref: string }>>
}

interface CheckedResponse {
  readonly content?: Readonly<Record<string, object>>
}

/** A fault of the service itself, which no document promises. */
const SERVER_FAULT = 500

/** A request with its answer. */
export interface Exchange {
  readonly method: string
  readonly path: string
  /** The names of the query, and the body. They are compared if the request is accepted. */
  readonly sent?: {
    readonly query: readonly string[]
    readonly body: { readonly type: string; readonly text: string }
  }
  readonly answer: { readonly status: number; readonly type: string; readonly text: string }
}

/** Compares requests and answers with a document. */
export interface DocumentCheck {
  /** Returns the difference of an exchange from the document; `undefined` if there is none. */
  faultOf(exchange: Exchange): string | undefined
  /** The operations and statuses of the exchanges so far: `getStatus 200`. */
  readonly seen: ReadonlySet<string>
}

/**
 * Makes a check of a document. Its schemas are closed: a member that the document does not have is a fault, too.
 */
export function documentCheck(document: CheckedDocument): DocumentCheck {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(closed(document) as object, 'closed')
  ajv.addSchema(document, 'open')
  const compiled = new Map<string, ValidateFunction>()
  const validate: Validate = (form, at, value) => {
    const ref = `${form}#${at.map((part) => `/${pointerPart(part)}`).join('')}`
    const check = compiled.get(ref) ?? ajv.compile({ $ref: ref })
    compiled.set(ref, check)
    return check(value) ? undefined : ajv.errorsText(check.errors)
  }
  const seen = new Set<string>()
  return {
    seen,
    faultOf(exchange) {
      const { method, path, answer } = exchange
      const found = operationAt(document, method, path)
      if (found === undefined || answer.status === SERVER_FAULT) return undefined
      const [at, operation] = found
      const { responses } = operation
      const fault = (text: string): string =>
        `${operation.operationId} ${answer.status}: ${text}: ${answer.text.slice(0, 400)}`
      const named = responses[answer.status]
      if (named === undefined) return fault('the document does not have this status')
      seen.add(`${operation.operationId} ${answer.status}`)
      const place =
        '$ref' in named ? named.$ref.slice(2).split('/') : [...at, 'responses', `${answer.status}`]
      const response = '$ref' in named ? document.components.responses[place.at(-1) ?? ''] : named
      const types = response?.content
      if (types === undefined) return answer.text === '' ? undefined : fault('it has no body')
      if (types[answer.type] === undefined) return fault(`it has no ${answer.type}`)
      const wrong = validate(
        'closed',
        [...place, 'content', answer.type, 'schema'],
        answer.type.endsWith('json') ? JSON.parse(answer.text) : answer.text,
      )
      if (wrong !== undefined) return fault(wrong)
      const { sent } = exchange
      const refused = sent && answer.status < 300 ? requestFault(sent, found, validate) : undefined
      return refused === undefined ? undefined : fault(refused)
    },
  }
}

/** Returns the errors of a value by the schema at a place of the document. */
type Validate = (
  form: 'open' | 'closed',
  at: readonly string[],
  value: unknown,
) => string | undefined

/** RFC 6901, in a URI. */
function pointerPart(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}

type Found = readonly [at: readonly string[], operation: CheckedOperation]

/** Returns what the document does not have of a request that was accepted. */
function requestFault(
  { query, body }: NonNullable<Exchange['sent']>,
  [at, { parameters = [], requestBody }]: Found,
  validate: Validate,
): string | undefined {
  const names = parameters.filter((each) => each.in === 'query').map(({ name }) => name)
  const unknown = query.find(
    (name) => !names.includes(name.replace(/^require\..*/, 'require.{claim}')),
  )
  if (unknown !== undefined) return `the document has no parameter ${unknown}`
  if (requestBody === undefined) return undefined
  const type = body.type === '' ? 'application/json' : body.type
  if (requestBody.content[type] === undefined) return `the document has no body of ${type}`
  const value = valueOf(type, body.text)
  const wrong = validate('open', [...at, 'requestBody', 'content', type, 'schema'], value)
  return wrong === undefined ? undefined : `the accepted body ${body.text.slice(0, 200)}: ${wrong}`
}

function valueOf(type: string, text: string): unknown {
  if (type.endsWith('json')) return JSON.parse(text)
  return type.includes('form') ? Object.fromEntries(new URLSearchParams(text)) : text
}

/** A path without a variable comes before one with it. */
function operationAt(document: CheckedDocument, method: string, path: string): Found | undefined {
  const parts = path.split('/')
  const matches = Object.keys(document.paths).filter((template) => {
    const named = template.split('/')
    return (
      named.length === parts.length &&
      named.every((part, at) => part === parts[at] || (/^\{.*\}$/.test(part) && parts[at] !== ''))
    )
  })
  const [template] = matches.toSorted((a, b) => a.split('{').length - b.split('{').length)
  const operation = document.paths[template ?? '']?.[method.toLowerCase()]
  if (template === undefined || operation === undefined) return undefined
  return [['paths', template, method.toLowerCase()], operation]
}

const checks = new WeakMap<AddOpenApi, DocumentCheck>()

/** Returns the check of a service's document, with everything that it has seen in this process. */
export function checkOf(add: AddOpenApi): DocumentCheck {
  const check = checks.get(add) ?? documentCheck(documentOf(add) as CheckedDocument)
  checks.set(add, check)
  return check
}

/**
 * Compares every answer of an application with the document of its service. The test that asks gets a difference
 * as an error. Returns the same application.
 */
export function conforming<Conforming extends App>(app: Conforming, add: AddOpenApi): Conforming {
  const { request } = app
  const checkedRequest: App['request'] = async (input, init, ...rest) => {
    const sent = input instanceof Request ? input : undefined
    const response = await request.call(app, input, init, ...rest)
    const fault = checkOf(add).faultOf({
      method: sent?.method ?? init?.method ?? 'GET',
      path: new URL(sent?.url ?? (input as string | URL).toString(), 'http://app.test').pathname,
      answer: await answerOf(response),
    })
    if (fault !== undefined) throw new Error(fault)
    return response
  }
  app.request = checkedRequest
  return app
}

/** Reads an answer, which the test can read again. A stream is not read. */
export async function answerOf(response: Response): Promise<Exchange['answer']> {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
  const text = type === 'text/event-stream' ? '' : await response.clone().text()
  return { status: response.status, type, text }
}
