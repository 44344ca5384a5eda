import { notBuilt } from './not-built.ts'

export interface JsonLimits {
  readonly maxBytes?: number
  readonly maxDepth?: number
}

export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): unknown {
  return notBuilt(bytes, limits)
}
