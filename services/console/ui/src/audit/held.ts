import { quoted } from '../parts/quoted.ts'
import { placeOf } from '../shell/route.ts'

/** A value of a claim of which somebody asks who holds it, as the address has it. */
export type Held = Readonly<Record<'tenant' | 'claim' | 'value' | 'at' | 'after', string | null>>

/** What an address asks for. */
export function heldIn(query: URLSearchParams): Held {
  const [tenant, claim, value, at, after] = ['tenant', 'claim', 'value', 'at', 'after'].map(
    (name) => query.get(name),
  )
  return {
    tenant: tenant ?? null,
    claim: claim ?? null,
    value: value ?? null,
    at: at ?? null,
    after: after ?? null,
  }
}

/** Where the console answers it; `null` while something is missing. */
export function pathOf(held: Held): string | null {
  const { tenant, claim, value } = held
  if (tenant === null || claim === null || value === null) return null
  return placeOf('/v1/tokens', held)
}

/** The same question on the command line. */
export function commandOf({ tenant, claim, value, at, after }: Held): string {
  const options = Object.entries({ claim, value, at, tenant, after })
  const given = options.flatMap(([name, text]) =>
    text === null ? [] : [`--${name} ${quoted(text)}`],
  )
  return `token ls ${given.join(' ')}`
}
