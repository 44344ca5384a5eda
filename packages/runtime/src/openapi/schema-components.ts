import * as z from 'zod'
import type { SchemaRef } from './refusal-responses.ts'

const PREFIX = '#/components/schemas/'

/** The schemas of a document, and references to them. */
export interface SchemaComponents {
  /** Returns a reference to the component of a named schema, a union of them, or any other schema in full. */
  readonly schemaOf: SchemaRef
  /** Returns the components that a part of the document refers to, directly or through others. */
  readonly usedBy: (part: unknown) => Readonly<Record<string, object>>
}

/**
 * Makes JSON Schemas (2020-12) of named schemas. A schema that is part of another one by its name is a reference
 * there. They describe what a reader accepts: an answer can get further members in a later version.
 */
export function schemaComponents(named: Readonly<Record<string, z.ZodType>>): SchemaComponents {
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
