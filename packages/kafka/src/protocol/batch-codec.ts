import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { FreshetError } from '@freshet/protocol'

/**
 * The most bytes of the decompressed records of one batch. The largest batch of a topic has 1 MiB, so a batch
 * above this limit is a decompression bomb.
 */
export const DECOMPRESSED_BYTES_MAX: number = 16 * 1024 * 1024

/** The position of a batch: `offset` is the first one of the batch. */
export interface BatchPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

type Decompress = (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>

const { zstdDecompress } = zlib as { readonly zstdDecompress?: typeof zlib.gunzip }

/**
 * The compression codecs by their number in the attributes of a batch, each with its decompression if this
 * client has one.
 */
const CODECS: Readonly<Record<number, { readonly name: string; readonly read?: Decompress }>> = {
  1: { name: 'gzip', read: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip) },
  2: { name: 'snappy' },
  3: { name: 'lz4' },
  4: {
    name: 'zstd',
    // Node.js has zstd from 22.15 on.
    ...(zstdDecompress && {
      read: promisify<Buffer, zlib.ZlibOptions, Buffer>(zstdDecompress),
    }),
  },
}
const CODEC_MASK = 0x07
const NOT_COMPRESSED = 0

/**
 * Returns the decompressed bytes of the records of one batch. It reads gzip, and zstd if Node.js reads it. It
 * refuses snappy and lz4, because a topic as planned has no compressed batch.
 *
 * @throws `topic.compressed` with the partition as member `partition`
 */
export async function decompressed(
  bytes: Buffer,
  attributes: number,
  place: BatchPlace,
): Promise<Buffer> {
  const number = attributes & CODEC_MASK
  if (number === NOT_COMPRESSED) return bytes
  const { name, read } = CODECS[number] ?? { name: `the unknown codec ${number}` }
  if (read === undefined) throw refusal(place, `is compressed by ${name}, which is not read here`)
  try {
    return await read(bytes, { maxOutputLength: DECOMPRESSED_BYTES_MAX })
  } catch (error) {
    const isBomb = (error as { code?: unknown } | null)?.code === 'ERR_BUFFER_TOO_LARGE'
    const why = isBomb
      ? `has more than ${DECOMPRESSED_BYTES_MAX} bytes when ${name} is decompressed`
      : `does not decompress by ${name}`
    throw refusal(place, why, error)
  }
}

/** Returns the partition of a refused batch, or `undefined` for any other error. */
export function refusedPartition(error: unknown): number | undefined {
  return error instanceof FreshetError && error.code === 'topic.compressed'
    ? (error as Partial<Refusal>).partition
    : undefined
}

type Refusal = FreshetError & { readonly partition: number }

function refusal({ topic, partition, offset }: BatchPlace, why: string, cause?: unknown): Refusal {
  const text = `The batch at offset ${offset} of ${topic}/${partition} ${why}. Set compression.type=uncompressed on ${topic}.`
  return Object.assign(new FreshetError('topic.compressed', text, { cause }), { partition })
}
