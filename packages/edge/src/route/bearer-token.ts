const bearer = /^Bearer +([^\s]+)$/i

/** The token of an `Authorization` header; undefined where there is none of scheme Bearer. */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : bearer.exec(header)?.[1]
}
