import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { FreshetError } from '@freshet/domain'

/**
 * Most bytes that the records of one batch take when they are decompressed. The largest batch of a topic
 * takes 1 MiB; more than this is a decompression bomb.
 */
export const DECOMPRESSED_BYTES_MAX: number = 16 * 1024 * 1024

/** Where a batch stands: `offset` is its first one. */
export interface BatchPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

type Decompress = (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>

const { zstdDecompress } = zlib as { readonly zstdDecompress?: typeof zlib.gunzip }

/** How a batch can be compressed, by the number in its attributes, and how it is read here. */
const CODECS: Readonly<Record<number, { readonly name: string; readonly read?: Decompress }>> = {
  1: { name: 'gzip', read: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip) },
  2: { name: 'snappy' },
  3: { name: 'lz4' },
  4: {
    name: 'zstd',
    // Node.js has it from 22.15 on.
    ...(zstdDecompress && {
      read: promisify<Buffer, zlib.ZlibOptions, Buffer>(zstdDecompress),
    }),
  },
}
const CODEC_MASK = 0x07
const NOT_COMPRESSED = 0

/**
 * The bytes of the records of one batch. gzip is read, and zstd where Node.js reads it; snappy and lz4
 * are refused, because a topic as planned holds no compressed batch.
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

/** Whether a batch of one partition was refused, and of which. */
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
