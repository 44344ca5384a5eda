import type { Surface } from '@freshet/protocol'
import * as z from 'zod'

/** Bodies by media type. */
export type Content = Readonly<Record<string, z.ZodType>>

/** An answer that is no refusal. */
export interface OperationAnswer {
  readonly description: string
  /** Absent: the answer has no body. */
  readonly content?: Content
  /** Descriptions of headers by name. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The refusals of an operation. */
export interface OperationRefusals {
  /** Begins the names of their components, which have the status behind it. */
  readonly name: string
  /** The surfaces of the catalogue whose codes the operation answers with. */
  readonly surfaces: readonly Surface[]
  /** A sentence for each status. Default: all statuses of the surfaces, with a link to docs/errors.md. */
  readonly meanings?: Readonly<Record<number, string>>
  /** Default: the members of RFC 9457. */
  readonly problem?: z.ZodType
  /** Descriptions of further headers by status and name. */
  readonly headers?: Readonly<Record<number, Readonly<Record<string, string>>>>
}

/** One route, as the OpenAPI document of its service describes it. */
export interface Operation {
  /** Its name in generated clients: a verb and its object. */
  readonly id: string
  readonly summary: string
  readonly description?: string
  /** The security schemes that prove the caller, each alone; `''`: none of them. Default: the route is open. */
  readonly security?: readonly string[]
  /** The schema that reads the query. */
  readonly query?: z.ZodObject
  readonly headers?: z.ZodObject
  /** The body, which is required. */
  readonly body?: Content
  readonly answers: Readonly<Record<number, OperationAnswer>>
  readonly refusals?: OperationRefusals
}

/** Operations by method and path: `POST /v1/changes`. */
export type Operations = Readonly<Record<string, Operation>>

/** A body in JSON. */
export function json(schema: z.ZodType): Content {
  return { 'application/json': schema }
}

/** The body of an HTML form. */
export function form(schema: z.ZodType): Content {
  return { 'application/x-www-form-urlencoded': schema }
}

/** An answer in JSON. */
export function jsonAnswer(description: string, schema: z.ZodType): OperationAnswer {
  return { description, content: json(schema) }
}

/** An answer in text. */
export function textAnswer(description: string, type = 'text/plain'): OperationAnswer {
  return { description, content: { [type]: z.string() } }
}
