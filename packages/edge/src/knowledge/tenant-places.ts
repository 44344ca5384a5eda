import { hasRoom } from '@freshet/protocol'

/** The name of tenants beyond the limit of names: they share one budget. */
const OTHERS = 0
/** Names fit sixteen bits. */
export const TENANT_NAMES_MAX = 65_535
const NOTHING_LOST = Number.NEGATIVE_INFINITY

/**
 * The places of a table that all tenants share, and which tenants lost an entry for want of one.
 *
 * A tenant that lost an entry is _lacking_ until that entry would have ended: nothing of it can be
 * called fresh before. Tenants have small numbers here, so that a table of millions of rows can keep them.
 */
export class TenantPlaces {
  readonly #max: number
  readonly #names = new Map<string, number>()
  readonly #held: number[] = [0]
  readonly #lostUntilS: number[] = [NOTHING_LOST]
  #all = 0
  #lacking = 0

  constructor(max: number) {
    this.#max = max
  }

  /** The entries of all tenants. */
  get held(): number {
    return this.#all
  }

  /** The number of tenants that lack an entry. */
  get lackingTenants(): number {
    return this.#lacking
  }

  /** The number of a tenant; the tenant gets one if it has none. */
  nameOf(tenant: string): number {
    const known = this.#names.get(tenant)
    if (known !== undefined) return known
    if (this.#names.size >= TENANT_NAMES_MAX) return OTHERS
    const name = this.#names.size + 1
    this.#names.set(tenant, name)
    this.#held[name] = 0
    this.#lostUntilS[name] = NOTHING_LOST
    return name
  }

  hasRoom(name: number): boolean {
    const heldByTenant = this.#held[name] ?? 0
    return hasRoom({ held: this.#all, heldByTenant }, this.#max)
  }

  take(name: number): void {
    this.#all += 1
    this.#held[name] = (this.#held[name] ?? 0) + 1
  }

  leave(name: number): void {
    this.#all -= 1
    this.#held[name] = (this.#held[name] ?? 1) - 1
  }

  /** An entry found no room. The tenant lacks it until then, by the monotonic clock. */
  lose(name: number, untilS: number): void {
    const before = this.#lostUntilS[name] ?? NOTHING_LOST
    if (before === NOTHING_LOST) this.#lacking += 1
    this.#lostUntilS[name] = Math.max(before, untilS)
  }

  /** Returns whether an entry of the tenant was lost that can still judge a token. */
  lacks(tenant: string): boolean {
    if (this.#lacking === 0) return false
    const isFull = this.#names.size >= TENANT_NAMES_MAX
    const name = this.#names.get(tenant) ?? (isFull ? OTHERS : undefined)
    return name !== undefined && this.#lostUntilS[name] !== NOTHING_LOST
  }

  /** Forgets what was lost and has ended before this second. */
  prune(beforeS: number): void {
    if (this.#lacking === 0) return
    for (const [name, untilS] of this.#lostUntilS.entries()) {
      if (untilS === NOTHING_LOST || untilS >= beforeS) continue
      this.#lostUntilS[name] = NOTHING_LOST
      this.#lacking -= 1
    }
  }

  /** The table was emptied, and all of it is read again. */
  clear(): void {
    this.#held.fill(0)
    this.#lostUntilS.fill(NOTHING_LOST)
    this.#all = 0
    this.#lacking = 0
  }
}
