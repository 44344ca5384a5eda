import type { Arrived } from '@freshet/domain'

/**
 * The same record as if nothing of it but its source could be read: for content that the database
 * refuses. Its source is then not believed in this partition until its next full statement.
 */
export function withoutContent({ arrival, ...at }: Arrived): Arrived {
  const rule = 'the database cannot hold its content'
  switch (arrival.kind) {
    case 'change': {
      const { change, stamp, contentHash } = arrival
      const { source } = change
      return { ...at, arrival: { kind: 'unreadable', source, stamp, contentHash, rule } }
    }
    case 'unreadable': {
      const { source, stamp, contentHash } = arrival
      return { ...at, arrival: { kind: 'unreadable', source, stamp, contentHash, rule } }
    }
    case 'heartbeat':
    case 'unauthentic':
      return { ...at, arrival: { kind: 'unauthentic', rule } }
  }
}
