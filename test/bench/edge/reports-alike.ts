import { encodeEdgeReport, type EdgeReport, type OutgoingRecord } from '@freshet/events'

/**
 * Reports that say the same but for the name of their edge, in so many bytes as that of the first: each is a copy of its
 * bytes. Edges are processes of their own; what it takes to stand for them is not to be in the way of what is measured.
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
