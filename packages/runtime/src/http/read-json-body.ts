import { FreshetError } from '@freshet/protocol'
import { EventError, parseJson, type JsonLimits } from '@freshet/wire'
import type { z } from 'zod'

/**
 * A body without a media type is read as JSON: it is read strictly either way.
 *
 * @throws `request.media-type`
 */
export function requireJson(contentType: string | undefined): void {
  const [type = ''] = (contentType ?? 'application/json').split(';', 1)
  if (/^application\/(?:[\w.-]+\+)?json$/i.test(type.trim())) return
  throw new FreshetError('request.media-type', 'The body must be application/json.')
}

/**
 * Reads a JSON body by its schema: strict JSON (no duplicate keys, no depth beyond 32, UTF-8), then
 * the schema. `name` is what the body should be, for the message. `limits` are those of the JSON.
 *
 * @throws `request.malformed` with a list of what is wrong, by JSON pointer
 */
export function readJsonBody<T>(
  body: Uint8Array,
  schema: z.ZodType<T>,
  name: string,
  limits?: JsonLimits,
): T {
  const result = schema.safeParse(parsed(body, name, limits))
  if (result.success) return result.data
  throw malformed(name, result.error)
}

function parsed(body: Uint8Array, name: string, limits?: JsonLimits): unknown {
  try {
    return parseJson(body, limits)
  } catch (error) {
    throw error instanceof EventError ? malformed(name, error) : error
  }
}

function malformed(name: string, cause: Error): FreshetError {
  return new FreshetError('request.malformed', `The body is not ${name}.`, { cause })
}
