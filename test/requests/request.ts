/** A request in its form on the wire: header names and values as they were written, in order. */
export interface HostileRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** The answer of a service. */
export interface HostileAnswer {
  readonly status: number
  readonly body: string
}

/** Returns a request of text or JSON with these headers. */
export function requestOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown = '',
): HostileRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method, path, headers: Object.entries(headers), body: Buffer.from(text) }
}

/** Returns the value that a server reads of a header: all values of that name, joined. */
export function headerOf(request: HostileRequest, name: string): string | undefined {
  const values = request.headers.filter(([each]) => each.toLowerCase() === name)
  return values.length === 0 ? undefined : values.map(([, value]) => value.trim()).join(', ')
}

/** Returns the token of `Authorization: Bearer …`; the scheme is read in any case (RFC 9110 §11.1). */
export function bearerOf(request: HostileRequest): string | undefined {
  const [scheme = '', token, ...more] = (headerOf(request, 'authorization') ?? '').split(/ +/)
  return scheme.toLowerCase() === 'bearer' && more.length === 0 ? token : undefined
}

/**
 * Returns the body as text. Bytes that are no UTF-8 become �, and byte-order marks before the text mean
 * nothing.
 */
export function textOf({ body }: HostileRequest): string {
  return new TextDecoder().decode(body).replace(/^\ufeff+/, '')
}

/** Returns the body as JSON, by the platform's own reader; `undefined` if it is none. */
export function jsonOf(request: HostileRequest): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body))
  } catch {
    return undefined
  }
}

/** Returns the path without its query, as a router reads it; if no URL can be made of it, as it was sent. */
export function pathOf({ path }: HostileRequest): string {
  const base = 'http://service.test'
  return URL.canParse(path, base) ? new URL(path, base).pathname : path
}

/**
 * Returns the request for the platform's `fetch`; `undefined` if the platform refuses to make such a request
 * at all.
 */
export function platformRequest({
  method,
  path,
  headers,
  body,
}: HostileRequest): Request | undefined {
  try {
    const init = {
      method,
      headers: headers.map(([name, value]) => [name, value] as [string, string]),
    }
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0
    return new Request(
      `http://service.test${path}`,
      hasBody ? { ...init, body: Buffer.from(body) } : init,
    )
  } catch {
    return undefined
  }
}
