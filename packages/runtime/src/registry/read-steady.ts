import { open } from 'node:fs/promises'
import { FreshetError } from '@freshet/protocol'

/** The number of reads of a file that changes meanwhile. */
export const STEADY_READS_MAX = 3

/** A file that is open. */
export interface OpenFile {
  /** Something that another writing changes. */
  mark(): Promise<string>
  read(): Promise<Uint8Array>
}

/**
 * Reads a file in a state without a write in between. Half of a registry can be a valid registry with less
 * content: it is not taken for the whole.
 *
 * @throws `registry.invalid` where it was written to each time; what reading throws
 */
export async function readSteady(path: string, file: OpenFile): Promise<Uint8Array> {
  for (let reads = 0; reads < STEADY_READS_MAX; reads += 1) {
    const before = await file.mark()
    const bytes = await file.read()
    if ((await file.mark()) === before) return bytes
  }
  const message = `${path}: was written to while it was read; write to another name, and rename it`
  throw new FreshetError('registry.invalid', message)
}

/** Opens a path; one byte more than the limit is read, which is enough to notice. Each call opens it anew. */
export function boundedFile(path: string, bytesMax: number): OpenFile {
  return {
    async mark() {
      await using file = await open(path)
      const { ino, size, mtimeNs } = await file.stat({ bigint: true })
      return `${ino} ${size} ${mtimeNs}`
    },
    async read() {
      await using file = await open(path)
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of file.createReadStream({ end: bytesMax })) {
        chunks.push(chunk as Uint8Array)
        size += (chunk as Uint8Array).length
      }
      return Buffer.concat(chunks, size)
    },
  }
}
