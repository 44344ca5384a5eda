import { encodeEdgeReport, type EdgeReport, type OutgoingRecord } from '@freshet/wire'

/**
 * Returns a function that makes reports with the same content as the first, except for the name of their
 * edge. Each is a copy of its bytes, with the same length. Real edges are processes of their own, so
 * simulating them must not disturb the measurement.
 */
export function reportsAlike(first: EdgeReport): (edge: Buffer) => OutgoingRecord {
  const { value, headers } = encodeEdgeReport(first)
  const { ce_id: id = empty, ...same } = headers
  const bodyOf = copies(value ?? empty, first.edge)
  const idOf = copies(id, first.edge)
  return (edge) => {
    return {
      key: edge,
      value: bodyOf(edge),
      headers: { ...same, ce_id: idOf(edge), ce_source: edge },
    }
  }
}

const empty = Buffer.alloc(0)

function copies(bytes: Uint8Array, name: string): (name: Buffer) => Buffer {
  const at = Buffer.from(bytes).indexOf(name)
  return (other) => {
    const copy = Buffer.from(bytes)
    other.copy(copy, at)
    return copy
  }
}
