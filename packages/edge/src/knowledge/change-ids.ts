/** Bytes of one block; an id never spans two. */
const BLOCK_BYTES = 256 * 1_024
const LENGTH_BYTES = 2

/**
 * Ids of changes outside of the garbage collector's heap: a million of them are a few large arrays,
 * not a million objects that every collection would look at. An id is named by a number above 0.
 */
export class ChangeIds {
  readonly #blocks: Buffer[] = []
  /** The place of the next id in the last block. */
  #at = BLOCK_BYTES
  #heldBytes = 0

  /** True if more than half belongs to released ids: the ids in use are then copied to a new block. */
  get isWasteful(): boolean {
    return this.#blocks.length > 2 && this.#heldBytes * 2 < this.#blocks.length * BLOCK_BYTES
  }

  add(id: string): number {
    const length = Buffer.byteLength(id)
    if (this.#at + LENGTH_BYTES + length > BLOCK_BYTES) {
      this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES))
      this.#at = 0
    }
    const index = this.#blocks.length - 1
    const block = this.#blocks[index] ?? Buffer.alloc(0)
    const start = this.#at
    block.writeUInt16LE(length, start)
    block.write(id, start + LENGTH_BYTES)
    this.#at = start + LENGTH_BYTES + length
    this.#heldBytes += LENGTH_BYTES + length
    return index * BLOCK_BYTES + start + 1
  }

  /** The id of that name; undefined for 0. */
  get(name: number): string | undefined {
    if (name === 0) return undefined
    const { block, start } = this.#find(name)
    const length = block.readUInt16LE(start)
    return block.toString('utf8', start + LENGTH_BYTES, start + LENGTH_BYTES + length)
  }

  /** The id will not be asked for again. */
  release(name: number): void {
    if (name === 0) return
    const { block, start } = this.#find(name)
    this.#heldBytes -= LENGTH_BYTES + block.readUInt16LE(start)
  }

  #find(name: number): { readonly block: Buffer; readonly start: number } {
    const at = name - 1
    const block = this.#blocks[Math.floor(at / BLOCK_BYTES)]
    if (block === undefined) throw new RangeError('no such change id')
    return { block, start: at % BLOCK_BYTES }
  }
}
