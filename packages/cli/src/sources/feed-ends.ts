import { askSourceSequence, type SourceKey } from '../stack/source-client.ts'

/** Heartbeats of a tenant that state one number before the source asks for the last one again. */
const BEATS_OF_A_NUMBER = 10

/** A tenant of a heartbeat, with the last number of the source there where it is dense. */
export interface TenantEnd {
  readonly tenant: string
  readonly sequence?: string
}

/** The ends of a source's feeds, as its heartbeats state them. */
export interface FeedEnds {
  /** @throws `ProblemError` with the gateway's refusal */
  endOf(tenant: string): Promise<TenantEnd>
  /** Asks the gateway again for the last number of these tenants. */
  forget(tenants: readonly string[]): void
}

/**
 * A dense source states its last number. Other programs emit for the same source, so a number that is kept can be below
 * the last one. That overstates nothing: the gateway puts a heartbeat behind all that it has stamped, whatever its
 * number. The number only shows a gateway that knows less than it did. So the source asks again from time to time, and
 * after a refusal.
 */
export function feedEnds(key: SourceKey, gateway: string, signal: AbortSignal): FeedEnds {
  /** The last number of each tenant as the gateway returned it, and how many heartbeats have stated it. */
  const numbers = new Map<string, { readonly last: string; beats: number }>()
  /** True if the source is dense; undefined until the gateway has answered. */
  let isDense: boolean | undefined
  async function lastOf(tenant: string): Promise<string | undefined> {
    if (isDense === false) return undefined
    const known = numbers.get(tenant)
    if (known !== undefined && known.beats < BEATS_OF_A_NUMBER) {
      known.beats += 1
      return known.last
    }
    const { next } = await askSourceSequence(key, gateway, tenant, signal)
    isDense = next !== undefined
    if (next === undefined) return undefined
    const last = String(BigInt(next) - 1n)
    numbers.set(tenant, { last, beats: 1 })
    return last
  }
  return {
    async endOf(tenant) {
      const sequence = await lastOf(tenant)
      return sequence === undefined ? { tenant } : { tenant, sequence }
    },
    forget(tenants) {
      for (const tenant of tenants) numbers.delete(tenant)
    },
  }
}
