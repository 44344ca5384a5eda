import { ChangeIds } from './change-ids.ts'
import { fingerprint } from './fingerprint.ts'
import { doubled, isUsed, makeSlots, probe, removeSlot } from './watermark-slots.ts'
import type { Seed } from '../system.ts'

/** Slots at the start; the table doubles when it is half full. */
const FIRST_SLOTS = 1_024

/** A watermark on its way into the table. */
export interface RaisedWatermark {
  /** The canonical name of the scope. */
  readonly key: string
  readonly partition: number
  readonly e: number
  readonly offset: number
  readonly change: string
}

/**
 * Watermarks by the 64-bit seeded fingerprint of their scope: open addressing over typed arrays.
 *
 * Merging is `max` of (e, offset), so order and repeats change nothing, and two scopes that share a
 * fingerprint can only revoke too much. `layout` changes whenever a slot may have changed its
 * meaning: who remembered slots looks them up again by fingerprint.
 */
export class WatermarkTable {
  readonly #seed: Seed
  readonly #max: number
  readonly #pair: Uint32Array = new Uint32Array(2)
  #slots = makeSlots(FIRST_SLOTS)
  #changes = new ChangeIds()
  #size = 0
  #layout = 0
  #cursor = 0
  #refusedAtS: number | undefined

  constructor(seed: Seed, max: number) {
    this.#seed = seed
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  get layout(): number {
    return this.#layout
  }

  /** A watermark found no room. It lasts until every token that it could deny has expired. */
  get isOverflowing(): boolean {
    return this.#refusedAtS !== undefined
  }

  fingerprintOf(key: string, out: Uint32Array, at: number): void {
    fingerprint(key, this.#seed, out, at)
  }

  /** Whether something changed. `nowS` is monotonic seconds; pruning counts from the last rise. */
  raise({ key, partition, e, offset, change }: RaisedWatermark, nowS: number): boolean {
    let slot = this.findKey(key)
    if (slot < 0) {
      if (this.#size >= this.#max) {
        this.#refusedAtS = nowS
        return false
      }
      slot = this.#insert()
    } else if (!this.#isLower(slot, e, offset)) return false
    const slots = this.#slots
    slots.e[slot] = e
    slots.offset[slot] = offset
    slots.raisedAtS[slot] = nowS
    slots.partition[slot] = partition
    this.#changes.release(slots.change[slot] ?? 0)
    slots.change[slot] = this.#changes.add(change)
    if (this.#changes.isWasteful) this.#tidyChanges()
    return true
  }

  /** The slot of a fingerprint, or -1. */
  find(high: number, low: number): number {
    const slot = probe(this.#slots, high, low)
    return isUsed(this.#slots, slot) ? slot : -1
  }

  findKey(key: string): number {
    this.fingerprintOf(key, this.#pair, 0)
    return this.find(this.#pair[0] ?? 0, this.#pair[1] ?? 0)
  }

  /** Whether a label is below the watermark in the slot: the token is stale in that scope. */
  isAbove(slot: number, e: number, at: number): boolean {
    const known = this.#slots.e[slot] ?? 0
    return e < known || (e === known && at < (this.#slots.offset[slot] ?? 0))
  }

  read(slot: number): { readonly e: number; readonly offset: number; readonly change?: string } {
    const { e, offset, change } = this.#slots
    const watermark = { e: e[slot] ?? 0, offset: offset[slot] ?? 0 }
    const said = this.#changes.get(change[slot] ?? 0)
    return said === undefined ? watermark : { ...watermark, change: said }
  }

  /** Removes what was last raised before `beforeS`, looking at `count` slots from where it left. */
  prune(beforeS: number, count: number): number {
    let removed = 0
    const { mask } = this.#slots
    for (let looked = 0; looked < count && looked <= mask; looked++) {
      // A removal may move a later entry into this slot, so it is looked at again.
      if (this.#isOlder(this.#cursor, beforeS)) {
        this.#remove(this.#cursor)
        removed += 1
      } else this.#cursor = (this.#cursor + 1) & mask
    }
    if (this.#refusedAtS !== undefined && this.#refusedAtS < beforeS) this.#refusedAtS = undefined
    return removed
  }

  /** Forgets every watermark of a partition: what said them is no longer believed. */
  forget(partition: number): void {
    for (let slot = 0; slot <= this.#slots.mask;) {
      if (isUsed(this.#slots, slot) && this.#slots.partition[slot] === partition) this.#remove(slot)
      else slot += 1
    }
  }

  #isLower(slot: number, e: number, offset: number): boolean {
    const known = this.#slots.e[slot] ?? 0
    return known < e || (known === e && (this.#slots.offset[slot] ?? 0) < offset)
  }

  #isOlder(slot: number, beforeS: number): boolean {
    return isUsed(this.#slots, slot) && (this.#slots.raisedAtS[slot] ?? 0) < beforeS
  }

  /** Takes a slot for the fingerprint that `findKey` has just computed. */
  #insert(): number {
    if ((this.#size + 1) * 2 > this.#slots.mask + 1) this.#slots = doubled(this.#slots)
    const [high = 0, low = 0] = this.#pair
    const slot = probe(this.#slots, high, low)
    this.#slots.high[slot] = high
    this.#slots.low[slot] = low
    this.#size += 1
    this.#layout += 1
    return slot
  }

  #tidyChanges(): void {
    const held = new ChangeIds()
    const { mask, change } = this.#slots
    for (let slot = 0; slot <= mask; slot++) {
      const id = this.#changes.get(change[slot] ?? 0)
      if (id !== undefined) change[slot] = held.add(id)
    }
    this.#changes = held
  }

  #remove(slot: number): void {
    this.#changes.release(this.#slots.change[slot] ?? 0)
    removeSlot(this.#slots, slot)
    this.#size -= 1
    this.#layout += 1
  }
}
