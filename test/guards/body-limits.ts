import { askRaw, type RawRequest } from '@freshet/testkit'

const TOO_LARGE = 413

/** A route with the limit that it must have. */
export interface LimitQuestion {
  readonly url: string
  /** A request that every other guard of the route lets in; it is made anew for each body. */
  readonly make: () => Promise<RawRequest>
  readonly bytesMax: number
}

/**
 * Sends bodies of the limit and of one byte more, by their length and in chunks. Returns a line for each answer that
 * contradicts the limit: the larger body must be refused for its size, the other one for another, named reason.
 */
export async function brokenLimits({ url, make, bytesMax }: LimitQuestion): Promise<string[]> {
  const found: string[] = []
  for (const bytes of [bytesMax, bytesMax + 1])
    for (const chunked of [false, true]) {
      const request = await make()
      const { status, body } = await askRaw(url, { ...request, body: bodyOf(bytes), chunked })
      const code = /"code":"([^"]+)"/.exec(body)?.[1]
      const isRefused = status === TOO_LARGE && code === 'request.too-large'
      const isOther = status >= 400 && status < 500 && status !== TOO_LARGE && code !== undefined
      if (bytes > bytesMax ? isRefused : isOther) continue
      const how = chunked ? 'in chunks' : 'by its length'
      found.push(`${request.method} ${request.target}, ${bytes} bytes ${how}: ${status} ${code}`)
    }
  return found
}

/** JSON that every route can read, and that none of them takes. */
function bodyOf(bytes: number): string {
  return `${' '.repeat(bytes - 2)}{}`
}
