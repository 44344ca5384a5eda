import { ChangeIds } from './change-ids.ts'
import { Eras } from './eras.ts'
import { fingerprint } from './fingerprint.ts'
import { TenantPlaces } from './tenant-places.ts'
import { enterIndex, findRow, makeRows, removeRow, withRoom } from './watermark-rows.ts'
import type { Seed } from '../system.ts'

/** A watermark on its way into the table. */
export interface WatermarkEntry {
  readonly tenant: string
  /** The canonical name of the scope. */
  readonly key: string
  readonly partition: number
  readonly e: number
  readonly offset: number
  readonly change: string
}

/**
 * Watermarks by the 64-bit seeded fingerprint of their scope: rows of typed arrays.
 *
 * Merging is `max` of (e, offset), so order and repeats change nothing, and two scopes that share a
 * fingerprint can only revoke too much. `layout` changes whenever a row may have changed its
 * meaning: who remembered rows looks them up again by fingerprint.
 */
export class WatermarkTable {
  readonly #seed: Seed
  readonly #places: TenantPlaces
  readonly #pair: Uint32Array = new Uint32Array(2)
  #rows = makeRows()
  readonly #eras = new Eras()
  #changes = new ChangeIds()
  #size = 0
  #layout = 0
  #cursor = 0

  constructor(seed: Seed, max: number) {
    this.#seed = seed
    this.#places = new TenantPlaces(max)
  }

  get size(): number {
    return this.#size
  }

  get layout(): number {
    return this.#layout
  }

  /** The number of tenants that lack a watermark. */
  get lackingTenants(): number {
    return this.#places.lackingTenants
  }

  /** Returns whether a watermark of this tenant found no room and can still make a token stale. */
  lacks(tenant: string): boolean {
    return this.#places.lacks(tenant)
  }

  fingerprintOf(key: string, out: Uint32Array, at: number): void {
    fingerprint(key, this.#seed, out, at)
  }

  /** Returns whether something changed. `nowS` is monotonic seconds; pruning counts from the last rise. */
  raise({ tenant, key, partition, e, offset, change }: WatermarkEntry, nowS: number): boolean {
    let row = this.findKey(key)
    if (row >= 0 && !this.#isLower(row, e, offset)) return false
    const era = this.#eras.nameOf(partition, e)
    if (era === undefined || row < 0) {
      const name = this.#places.nameOf(tenant)
      if (era === undefined || !this.#places.hasRoom(name)) {
        this.#places.lose(name, nowS)
        return true
      }
      row = this.#insert(name)
    }
    const rows = this.#rows
    rows.era[row] = era
    rows.offset[row] = offset
    rows.raisedAtS[row] = nowS
    this.#changes.release(rows.change[row] ?? 0)
    rows.change[row] = this.#changes.add(change)
    if (this.#changes.isWasteful) this.#tidyChanges()
    return true
  }

  /** The row of a fingerprint, or -1. */
  find(high: number, low: number): number {
    return findRow(this.#rows, high, low)
  }

  findKey(key: string): number {
    this.fingerprintOf(key, this.#pair, 0)
    return this.find(this.#pair[0] ?? 0, this.#pair[1] ?? 0)
  }

  /** Returns whether a label is below the watermark in the row: the token is stale in that scope. */
  isAbove(row: number, e: number, at: number): boolean {
    const known = this.#eOf(row)
    return e < known || (e === known && at < (this.#rows.offset[row] ?? 0))
  }

  read(row: number): { readonly e: number; readonly offset: number; readonly change?: string } {
    const { offset, change } = this.#rows
    const watermark = { e: this.#eOf(row), offset: offset[row] ?? 0 }
    const changeId = this.#changes.get(change[row] ?? 0)
    return changeId === undefined ? watermark : { ...watermark, change: changeId }
  }

  /** Removes what was last raised before `beforeS`, looking at `count` rows from where it left. */
  prune(beforeS: number, count: number): number {
    let removed = 0
    const checks = Math.min(count, this.#size)
    for (let checked = 0; checked < checks; checked++) {
      if (this.#cursor >= this.#size) this.#cursor = 0
      // A removal moves the last row into this one, so it is looked at again.
      if (this.#isOlder(this.#cursor, beforeS)) {
        this.#remove(this.#cursor)
        removed += 1
      } else this.#cursor += 1
    }
    this.#places.prune(beforeS)
    return removed
  }

  /** Forgets every watermark of a partition: its records are no longer trusted. */
  forget(partition: number): void {
    for (let row = 0; row < this.#size;) {
      if (this.#eras.partition(this.#rows.era[row] ?? 0) === partition) this.#remove(row)
      else row += 1
    }
  }

  #eOf(row: number): number {
    return this.#eras.e(this.#rows.era[row] ?? 0)
  }

  #isLower(row: number, e: number, offset: number): boolean {
    const known = this.#eOf(row)
    return known < e || (known === e && (this.#rows.offset[row] ?? 0) < offset)
  }

  #isOlder(row: number, beforeS: number): boolean {
    return (this.#rows.raisedAtS[row] ?? 0) < beforeS
  }

  /** Takes a row for the fingerprint that `findKey` has just computed. */
  #insert(name: number): number {
    this.#rows = withRoom(this.#rows, this.#size)
    const row = this.#size
    this.#rows.high[row] = this.#pair[0] ?? 0
    this.#rows.low[row] = this.#pair[1] ?? 0
    this.#rows.change[row] = 0
    this.#rows.tenant[row] = name
    this.#places.take(name)
    enterIndex(this.#rows, row)
    this.#size += 1
    this.#layout += 1
    return row
  }

  #tidyChanges(): void {
    const held = new ChangeIds()
    const { change } = this.#rows
    for (let row = 0; row < this.#size; row++) {
      const id = this.#changes.get(change[row] ?? 0)
      if (id !== undefined) change[row] = held.add(id)
    }
    this.#changes = held
  }

  #remove(row: number): void {
    this.#changes.release(this.#rows.change[row] ?? 0)
    this.#places.leave(this.#rows.tenant[row] ?? 0)
    removeRow(this.#rows, row, this.#size)
    this.#size -= 1
    this.#layout += 1
  }
}
