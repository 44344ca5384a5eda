import { cliOf } from '../copy/cli-of.ts'
import { placeOf } from '../shell/route.ts'

/** A value of a claim whose holders are searched, from the address. */
export type Held = Readonly<Record<'tenant' | 'claim' | 'value' | 'at' | 'after', string | null>>

/** The question in an address. */
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

/** The path of the console's answer; `null` while a part is missing. */
export function pathOf(held: Held): string | null {
  const { tenant, claim, value } = held
  if (tenant === null || claim === null || value === null) return null
  return placeOf('/v1/tokens', held)
}

/** The same question on the command line. */
export function commandOf({ tenant, claim, value, at, after }: Held): string {
  return cliOf('token ls', { claim, value, at, tenant, after })
}
