import { measured, named, unmeasured, type Figure } from './figure.ts'
import type { Measurements } from './measurements.ts'

/** Measures whether the audit is unchanged, by its signed heads. */
export function auditVerified({ audit }: Measurements): Figure {
  const scale = { unit: 'entries that agree', limit: 'each stream agrees with a signed head' }
  if (audit === undefined) return unmeasured(scale, 'the audit was not verified from here')
  const { entries, broken, unproven } = audit
  const bad = [
    ...broken.map((stream) => `${stream} was changed`),
    ...unproven.map((stream) => `${stream} is not sealed or signed in time`),
  ]
  if (bad.length > 0) return measured(scale, entries, false, named(bad))
  if (entries === 0) return unmeasured(scale, 'the audit has no entry yet')
  return measured(scale, entries, true, `${entries} entries are unchanged`)
}

/** Measures whether connections to Kafka and Postgres are encrypted, or stay on one machine. */
export function storesEncrypted({ transport }: Measurements): Figure {
  const scale = { unit: 'stores reached without encryption over a network', limit: 'none' }
  if (transport === undefined) return unmeasured(scale, 'connections were not read')
  const { inClear } = transport
  const detail =
    inClear.length === 0
      ? 'the console reaches Kafka and Postgres by TLS or on its own machine'
      : `connections without encryption are possible to ${named(inClear)}`
  return measured(scale, inClear.length, inClear.length === 0, detail)
}

/** Measures whether private keys are readable by their owner alone. */
export function keysPrivate({ keys }: Measurements): Figure {
  const scale = { unit: 'private keys that other users can read', limit: 'none' }
  if (keys === undefined || keys.privateKeys === 0) {
    return unmeasured(scale, 'no file of private keys was found')
  }
  const { privateKeys, exposed } = keys
  const detail =
    exposed.length === 0
      ? `${privateKeys} private keys are readable only by the owner of their files`
      : named(exposed)
  return measured(scale, exposed.length, exposed.length === 0, detail)
}

/** Measures whether each connected edge signs the reports that other rows rest on. Without one signature nothing is measured. */
export function reportsSigned({ edges = [] }: Measurements): Figure {
  const scale = { unit: 'edges whose reports are unsigned', limit: 'none' }
  const connected = edges.filter(
    ({ standing }) => standing !== 'closed' && standing !== 'disconnected',
  )
  const all = connected.reduce((sum, { edges: group = 1 }) => sum + group, 0)
  if (all === 0) return unmeasured(scale, 'no edge reports')
  const signed = connected.reduce(
    (sum, each) => sum + (each.signedEdges ?? Number(each.signed === 'signed')),
    0,
  )
  const detail = `${signed} of ${all} edges sign their reports`
  if (signed === 0)
    return unmeasured(scale, `${detail}: every writer to their topic can write these`)
  const others = connected.filter((each) => each.edges === undefined && each.signed !== 'signed')
  const names = others.length === 0 ? '' : `; not: ${named(others.map(({ edge }) => edge))}`
  return measured(scale, all - signed, signed === all, detail + names)
}
