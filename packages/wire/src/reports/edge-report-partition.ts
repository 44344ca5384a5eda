import { murmur2 } from '@freshet/protocol'

/**
 * Partitions of the report topic. The number never changes: a signed report counts in the partition of its
 * edge alone.
 */
export const EDGE_REPORT_PARTITIONS = 3

/** The partition of all reports of an edge: `(murmur2(edge) & 0x7fffffff) mod 3`, with Java's murmur2. */
export function edgeReportPartition(edge: string): number {
  return (murmur2(Buffer.from(edge)) & 0x7fff_ffff) % EDGE_REPORT_PARTITIONS
}
