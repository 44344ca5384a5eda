import { kafkajs } from '../../packages/kafka/src/client/internals.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs()

/** Magic, flags of independent blocks of 64 KiB without checksums, and the checksum of the flags. */
const FRAME_HEAD = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const STORED = 0x80000000
const FRAME_END = Buffer.alloc(4)

/** Returns a frame of LZ4 whose one block is stored uncompressed: a broker and every client read it. */
function lz4Frame(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(STORED + bytes.length)
  return Buffer.concat([FRAME_HEAD, size, bytes, FRAME_END])
}

/** Sends as a source does that compresses its records for the topic. */
export interface CompressingProducer {
  /** Sends one batch of these values. */
  send(
    topic: string,
    partition: number,
    codec: 'gzip' | 'lz4',
    values: readonly string[],
  ): Promise<void>
  close(): Promise<void>
}

/** A producer of the client library, which connects when it sends. */
export function startProducer(brokers: readonly string[]): CompressingProducer {
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(lz4Frame(buffer)),
  })
  const client = new Kafka({
    brokers: [...brokers],
    clientId: 'source',
    logLevel: logLevel.NOTHING,
  })
  const producer = client.producer()
  return {
    async send(topic, partition, codec, values) {
      await producer.connect()
      const compression = codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.LZ4
      const messages = values.map((value) => ({ partition, value }))
      await producer.send({ topic, compression, messages })
    },
    close: () => producer.disconnect(),
  }
}
