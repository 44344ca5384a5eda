import * as z from 'zod'
import { registrySchema } from './registry-schema.ts'

/** The members of a JSON Schema of our own that this file reads. */
export interface JsonSchema {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
}

/** The name of its file in `schemas/`. */
export const REGISTRY_SCHEMA_FILE = 'registry.schema.json'

/**
 * Returns the JSON Schema (2020-12) of the registry file, for editors. It accepts nothing that the reader
 * refuses for its form, except a name `__proto__` and texts with half of a surrogate pair.
 */
export function registryJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(registrySchema, { io: 'input', override: askOwner })
  const $id = `https://freshet.dev/schemas/${REGISTRY_SCHEMA_FILE}`
  return { $schema, $id, title: 'The claim registry', ...rest } as JsonSchema
}

/** The reader accepts an absent owner as an empty one, which lint refuses. An editor requires it. */
function askOwner({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const owner = jsonSchema.properties?.['owner']
  if (typeof owner !== 'object') return
  delete owner.default
  owner.pattern = '\\S'
  jsonSchema.required = ['owner', ...(jsonSchema.required ?? [])]
}

/** @internal Returns the members that a schema knows at a path of the file. */
export function membersAt(whole: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  let schema: JsonSchema | undefined = whole
  for (const step of path) schema = childOf(schema, step)
  return Object.keys(schema?.properties ?? {})
}

function childOf(schema: JsonSchema | undefined, step: PropertyKey): JsonSchema | undefined {
  if (typeof step === 'number') return schema?.items
  const others = schema?.additionalProperties
  return schema?.properties?.[String(step)] ?? (typeof others === 'object' ? others : undefined)
}
