import { requestOf, type HostileRequest } from './request.ts'

/**
 * The conditions of a request that are checked before a route does its work. The cases of each are in
 * `test/guards/guard-cases.ts`.
 */
export type Guard =
  | 'source'
  | 'source or admin'
  | 'own source'
  | 'viewer'
  | 'operator'
  | 'admin'
  | 'client'
  | 'token'
  | 'form'
  | 'json'
  | 'csrf'

/** A new valid request. Each one is new, because an assertion serves one request. */
export type Make<World> = (world: World) => HostileRequest | Promise<HostileRequest>

/** An operation, as the OpenAPI document of its service names it. */
export interface Operation<World> {
  /** An operation with none is open to everyone who reaches the port. */
  readonly guards: readonly Guard[]
  /** The largest body. Default: {@link BODY_BYTES_MAX}. */
  readonly bytesMax?: number
  /** A document for everyone: it is tried less often. */
  readonly isPublic?: true
  /** Valid requests by name. The world has the credentials and objects that they need. */
  readonly requests: Readonly<Record<string, Make<World>>>
}

/** The operations of a service. */
export type Operations<World> = Readonly<Record<string, Operation<World>>>

export const KIB = 1_024
/** The largest body of an operation that has no other limit. */
export const BODY_BYTES_MAX: number = 256 * KIB
export const JSON_TYPE = { 'content-type': 'application/json' }
export const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

/** Returns a GET that everyone is allowed to send. */
export const open = (path: string): Make<unknown> => {
  return () => requestOf('GET', path, { accept: '*/*' })
}

/** Returns an operation that shows a document to everyone. */
export function openTo(path: string): Operation<unknown> {
  return { guards: [], isPublic: true, requests: { [path]: open(path) } }
}

/** The operations that every service has. */
export const sharedOperations: Operations<unknown> = {
  'GET /livez': openTo('/livez'),
  'GET /readyz': openTo('/readyz'),
  'GET /metrics': openTo('/metrics'),
  'GET /v1/version': openTo('/v1/version'),
}

/** A valid request in a world. */
export interface Sample {
  readonly name: string
  /** The operation, as an OpenAPI document names it: `POST /v1/changes`. */
  readonly operation: string
  readonly isPublic: boolean
  readonly make: () => HostileRequest | Promise<HostileRequest>
}

/** Returns the valid requests of operations in a world. */
export function samplesOf<World>(operations: Operations<World>, world: World): readonly Sample[] {
  return Object.entries(operations).flatMap(([operation, { isPublic = false, requests }]) =>
    Object.entries(requests).map(([name, make]) => ({
      name,
      operation,
      isPublic,
      make: () => make(world),
    })),
  )
}
