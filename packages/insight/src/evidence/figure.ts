/** `unknown`: nothing was measured that it could rest on. Never taken for green. */
export type EvidenceVerdict = 'green' | 'red' | 'unknown'

/** The present result of a measurement. */
export interface Figure {
  /** `null` where there is none. */
  readonly value: number | null
  readonly unit: string
  /** The limit of the value, as a text. */
  readonly limit: string
  readonly verdict: EvidenceVerdict
  /** One sentence. It names sources, edges, routes and ids; no subject and no value of a claim. */
  readonly detail: string
}

/** The counted objects, and their total. */
export interface Scale {
  readonly unit: string
  readonly limit: string
}

/** A figure that could not be taken. */
export function unmeasured({ unit, limit }: Scale, why: string): Figure {
  return { value: null, unit, limit, verdict: 'unknown', detail: why }
}

/** A figure that was. */
export function measured(scale: Scale, value: number, isWithin: boolean, detail: string): Figure {
  const { unit, limit } = scale
  return { value, unit, limit, verdict: isWithin ? 'green' : 'red', detail }
}

/** The first few names of a list, for a sentence. */
export function named(names: readonly string[]): string {
  const more = names.length - NAMED_MAX
  return names.slice(0, NAMED_MAX).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

const NAMED_MAX = 5
