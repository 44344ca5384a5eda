/**
 * The columns of a watermark table, row by row without gaps, and an index that finds the row of a
 * fingerprint. Half of an open-addressed table is empty; here that half is four bytes an entry.
 */
export interface WatermarkRows {
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** Name of its partition and incarnation among `Eras`. */
  readonly era: Uint16Array
  /** Number of its tenant among `TenantPlaces`. */
  readonly tenant: Uint16Array
  readonly offset: Float64Array
  /** Monotonic seconds of the last rise. */
  readonly raisedAtS: Uint32Array
  /** Name of the change's id among `ChangeIds`; 0 for none. */
  readonly change: Uint32Array
  /** From the home of a fingerprint on: its row + 1, or 0 where nothing is. */
  readonly index: Uint32Array
}

const FIRST_ROWS = 512
/** Rows grow by less than the index does: what is copied is held twice meanwhile. */
const ROWS_GROWTH = 1.5

/** No rows. */
export function makeRows(): WatermarkRows {
  return { ...columnsOf(FIRST_ROWS), index: new Uint32Array(2 * FIRST_ROWS) }
}

type Columns = Omit<WatermarkRows, 'index'>

/** Bytes of a row in all columns. */
const ROW_BYTES = 8 + 4 * 4 + 2 * 2

/**
 * All columns in one block, those of wide entries first. A growing table gives the old block back to the
 * system; columns that were freed one by one stayed with the process, as holes.
 */
function columnsOf(rows: number): Columns {
  const block = new ArrayBuffer(rows * ROW_BYTES)
  const words = (n: number): Uint32Array => new Uint32Array(block, rows * (8 + 4 * n), rows)
  return {
    offset: new Float64Array(block, 0, rows),
    high: words(0),
    low: words(1),
    raisedAtS: words(2),
    change: words(3),
    era: new Uint16Array(block, rows * 24, rows),
    tenant: new Uint16Array(block, rows * 26, rows),
  }
}

/** The row of a fingerprint, or -1. */
export function findRow(rows: WatermarkRows, high: number, low: number): number {
  const { index } = rows
  const mask = index.length - 1
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const row = (index[slot] ?? 0) - 1
    if (row < 0 || (rows.low[row] === low && rows.high[row] === high)) return row
  }
}

/** The same rows with room for one more behind the `size` that there are. */
export function withRoom(rows: WatermarkRows, size: number): WatermarkRows {
  const columns = size < rows.high.length ? rows : grown(rows)
  if ((size + 1) * 2 <= rows.index.length) return { ...columns, index: rows.index }
  const larger = { ...columns, index: new Uint32Array(rows.index.length * 2) }
  for (let row = 0; row < size; row++) enterIndex(larger, row)
  return larger
}

function grown(rows: WatermarkRows): Columns {
  const larger = columnsOf(Math.ceil(rows.high.length * ROWS_GROWTH))
  larger.high.set(rows.high)
  larger.low.set(rows.low)
  larger.era.set(rows.era)
  larger.tenant.set(rows.tenant)
  larger.offset.set(rows.offset)
  larger.raisedAtS.set(rows.raisedAtS)
  larger.change.set(rows.change)
  return larger
}

/** Makes a row found by the fingerprint that it holds. */
export function enterIndex({ index, low }: WatermarkRows, row: number): void {
  const mask = index.length - 1
  let slot = (low[row] ?? 0) & mask
  while (index[slot] !== 0) slot = (slot + 1) & mask
  index[slot] = row + 1
}

/** Takes a row out; the last one takes its place. */
export function removeRow(rows: WatermarkRows, row: number, size: number): void {
  const last = size - 1
  leaveIndex(rows, row)
  if (row === last) return
  rows.index[slotOf(rows, last)] = row + 1
  rows.high[row] = rows.high[last] ?? 0
  rows.low[row] = rows.low[last] ?? 0
  rows.era[row] = rows.era[last] ?? 0
  rows.tenant[row] = rows.tenant[last] ?? 0
  rows.offset[row] = rows.offset[last] ?? 0
  rows.raisedAtS[row] = rows.raisedAtS[last] ?? 0
  rows.change[row] = rows.change[last] ?? 0
}

function slotOf({ index, low }: WatermarkRows, row: number): number {
  const mask = index.length - 1
  let slot = (low[row] ?? 0) & mask
  while (index[slot] !== row + 1) slot = (slot + 1) & mask
  return slot
}

/** Backward shift: entries that probed over the hole move into it, so no marker is needed. */
function leaveIndex(rows: WatermarkRows, row: number): void {
  const { index, low } = rows
  const mask = index.length - 1
  let vacant = slotOf(rows, row)
  for (let at = (vacant + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
    const home = (low[(index[at] ?? 1) - 1] ?? 0) & mask
    if (((at - home) & mask) < ((at - vacant) & mask)) continue
    index[vacant] = index[at] ?? 0
    vacant = at
  }
  index[vacant] = 0
}
