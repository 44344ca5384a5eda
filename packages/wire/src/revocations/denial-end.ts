/** The time at which a denied token expires, on the wire: NumericDate (RFC 7519 §2), in seconds. */
export interface WireDenialEnd {
  readonly exp?: number
}

/** The expiry of a denied token, in milliseconds since 1970. */
export interface DenialEnd {
  readonly expMs?: number
}

/** Reads the end of a denial. Returns an empty object if the record names none. */
export function denialEndOf({ exp }: WireDenialEnd): DenialEnd {
  return exp === undefined ? {} : { expMs: exp * 1_000 }
}

/** Writes the end of a denial, rounded up: a denial must not end before its token. */
export function wireDenialEnd({ expMs }: DenialEnd): WireDenialEnd {
  return expMs === undefined ? {} : { exp: Math.ceil(expMs / 1_000) }
}
