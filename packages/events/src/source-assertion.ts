import { notBuilt } from './not-built.ts'
import type { Authenticity } from './authenticate.ts'

export interface SourceAssertion {
  readonly source: string
  readonly jti: string
  readonly expMs: number
}

export interface SourceJws {
  readonly source: string
  readonly payload: Uint8Array
  readonly typ?: string
}

export function verifySourceAssertion(
  jwt: string,
  o: { readonly audience: string; readonly nowMs: number; readonly keys: Authenticity },
): Promise<SourceAssertion> {
  return notBuilt(jwt, o)
}

export function verifySourceJws(compact: string, keys: Authenticity): Promise<SourceJws> {
  return notBuilt(compact, keys)
}
