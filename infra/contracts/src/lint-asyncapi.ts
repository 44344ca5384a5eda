import specs from '@asyncapi/specs'
import { Ajv, type ErrorObject } from 'ajv'

interface Parts {
  readonly channels?: Readonly<Record<string, { readonly messages?: object }>>
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * Returns what an AsyncAPI 3.0 document breaks: the rules of the specification, references inside the document that
 * lead nowhere, and components that nothing refers to.
 */
export function lintAsyncApi(document: object): readonly string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const { $schema: _draft, ...schema } = specs.schemasWithoutId['3.0.0'] as Record<string, unknown>
  const check = ajv.compile(schema)
  const broken = check(document) ? [] : (check.errors ?? []).map(errorText)
  const refs = new Set(refsIn(document))
  const inside = [...refs].filter((ref) => ref.startsWith('#/'))
  const lost = inside.filter((ref) => at(document, ref) === undefined)
  const { components = {} } = document as Parts
  const named = Object.entries(components).flatMap(([kind, members]) =>
    Object.keys(members).map((name) => `#/components/${kind}/${name}`),
  )
  return [
    ...broken,
    ...lost.map((ref) => `${ref} leads nowhere`),
    ...named.filter((name) => !refs.has(name)).map((name) => `${name} is not used`),
  ]
}

function errorText({ instancePath, message = '' }: ErrorObject): string {
  return `${instancePath} ${message}`
}

function refsIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' ? [String(value)] : refsIn(value),
  )
}

function at(document: object, ref: string): unknown {
  const parts = ref.slice(2).split('/')
  return parts.reduce<unknown>((node, part) => {
    return Object(node)[part.replaceAll('~1', '/').replaceAll('~0', '~')] as unknown
  }, document)
}
