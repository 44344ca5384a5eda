import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { SUBJECT } from './registry-names.ts'

/** Attributes of a subject that a schema declares, by the shape of their claim; `other`: none that a claim has. */
export type SubjectAttributes = ReadonlyMap<string, 'set' | 'scalar' | 'other'>

/** The attributes of a subject in a schema with resolved types. */
export function subjectAttributes({ entityTypes }: SchemaJson<string>[string]): SubjectAttributes {
  const { shape } = Object(entityTypes[SUBJECT]) as { readonly shape?: object }
  const { attributes = {} } = Object(shape) as { readonly attributes?: Record<string, Attribute> }
  return new Map(Object.entries(attributes).map(([name, type]) => [name, shapeOf(type)]))
}

/** The part of a resolved type that identifies it. */
interface Attribute {
  readonly type: string
  readonly required?: boolean
  readonly element?: { readonly type: string }
}

/** Values are text, as routes compare them; a scalar may have none. */
function shapeOf({ type, required = true, element }: Attribute): 'set' | 'scalar' | 'other' {
  if (type === 'Set' && element?.type === 'String') return 'set'
  return type === 'String' && !required ? 'scalar' : 'other'
}
