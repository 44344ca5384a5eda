/** The columns of a watermark table; a slot is an index into all of them. */
export interface WatermarkSlots {
  readonly mask: number
  readonly high: Uint32Array
  readonly low: Uint32Array
  readonly e: Float64Array
  readonly offset: Float64Array
  /** Monotonic seconds of the last rise. */
  readonly raisedAtS: Uint32Array
  readonly partition: Uint8Array
  /** Name of the change's id among `ChangeIds`; 0 for none. */
  readonly change: Uint32Array
}

/** Empty columns of `size` slots, a power of two. */
export function makeSlots(size: number): WatermarkSlots {
  return {
    mask: size - 1,
    high: new Uint32Array(size),
    low: new Uint32Array(size),
    e: new Float64Array(size),
    offset: new Float64Array(size),
    raisedAtS: new Uint32Array(size),
    partition: new Uint8Array(size),
    change: new Uint32Array(size),
  }
}

/** An empty slot has the fingerprint (0, 0), which no text has. */
export function isUsed(slots: WatermarkSlots, slot: number): boolean {
  return slots.high[slot] !== 0 || slots.low[slot] !== 0
}

/** Where a fingerprint stands, or the empty slot where it would be put. */
export function probe(slots: WatermarkSlots, high: number, low: number): number {
  const { mask } = slots
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const h = slots.high[slot]
    const l = slots.low[slot]
    if ((h === high && l === low) || (h === 0 && l === 0)) return slot
  }
}

export function copySlot(
  from: WatermarkSlots,
  source: number,
  to: WatermarkSlots,
  target: number,
): void {
  to.high[target] = from.high[source] ?? 0
  to.low[target] = from.low[source] ?? 0
  to.e[target] = from.e[source] ?? 0
  to.offset[target] = from.offset[source] ?? 0
  to.raisedAtS[target] = from.raisedAtS[source] ?? 0
  to.partition[target] = from.partition[source] ?? 0
  to.change[target] = from.change[source] ?? 0
}

/** The same entries in columns of twice the size. */
export function doubled(slots: WatermarkSlots): WatermarkSlots {
  const larger = makeSlots((slots.mask + 1) * 2)
  for (let slot = 0; slot <= slots.mask; slot++) {
    if (!isUsed(slots, slot)) continue
    const target = probe(larger, slots.high[slot] ?? 0, slots.low[slot] ?? 0)
    copySlot(slots, slot, larger, target)
  }
  return larger
}

/** Backward shift: entries that probed over the hole move into it, so no marker is needed. */
export function removeSlot(slots: WatermarkSlots, slot: number): void {
  const { mask } = slots
  let hole = slot
  for (let at = (slot + 1) & mask; isUsed(slots, at); at = (at + 1) & mask) {
    const home = (slots.low[at] ?? 0) & mask
    if (((at - home) & mask) < ((at - hole) & mask)) continue
    copySlot(slots, at, slots, hole)
    hole = at
  }
  slots.high[hole] = 0
  slots.low[hole] = 0
  slots.change[hole] = 0
}
