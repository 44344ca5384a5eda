import type { Checkpoint, Heartbeat, MapAnnouncement, Revocation } from '@freshet/protocol'
import { decodeRevocation, readCheckpoint, type LogRecord } from '@freshet/wire'
import { printable } from '../printable.ts'

/** A record of the revocation topic, as far as it can be read. */
export type TailedRecord = { readonly record: LogRecord } & (
  | { readonly kind: 'revocation'; readonly revocation: Revocation }
  | { readonly kind: 'map'; readonly map: MapAnnouncement }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'unreadable' }
)

/** Describes a record. Only edges find out whether a checkpoint covers it. */
export function readTailed(record: LogRecord): TailedRecord {
  const read = decodeRevocation(record)
  if (read?.scope === 'map') return { kind: 'map', map: read, record }
  if (read) return { kind: 'revocation', revocation: read, record }
  const checkpoint = readCheckpoint(record)?.checkpoint
  return checkpoint ? { kind: 'checkpoint', checkpoint, record } : { kind: 'unreadable', record }
}

/** A record in one line. */
export function describeRecord(tailed: TailedRecord): string {
  const { partition, offset, appendedAtMs } = tailed.record
  const place = `${new Date(appendedAtMs).toISOString()} ${partition}/${offset}`
  return printable(`${place} ${what(tailed)}`)
}

function what(tailed: TailedRecord): string {
  switch (tailed.kind) {
    case 'revocation':
      return `${scopeText(tailed.revocation)} by change ${tailed.revocation.change}`
    case 'map':
      return `claim map of policy version ${tailed.map.map.version}`
    case 'checkpoint':
      return checkpointText(tailed.checkpoint)
    case 'unreadable':
      return 'unreadable record'
  }
}

function checkpointText({ count, generation, previous, heartbeat }: Checkpoint): string {
  const kind = previous === null ? 'root checkpoint' : 'checkpoint'
  const over = `${kind} over ${count} records, generation ${generation}`
  if (!heartbeat) return over
  return `${over}, heartbeat: ${throughTexts(heartbeat).join(', ') || 'no source yet'}`
}

function throughTexts({ through, groups = [] }: Heartbeat): readonly string[] {
  const alone = [...through].flatMap(([tenant, sources]) =>
    [...sources].map(([source, { atMs }]) => {
      const at = atMs === null ? 'never' : new Date(atMs).toISOString()
      return `${tenant}/${source} ${at}`
    }),
  )
  const grouped = groups.flatMap(({ list, sources }) =>
    [...sources].map(
      ([source, atMs]) => `tenants of list ${list}/${source} ${new Date(atMs).toISOString()}`,
    ),
  )
  return [...alone, ...grouped]
}

function scopeText(revocation: Revocation): string {
  switch (revocation.scope) {
    case 'subject': {
      const claims = [...revocation.claims].map(([name, { offset }]) => `${name} below ${offset}`)
      return `${revocation.subject.sub} of ${revocation.tenant}: ${claims.join(', ')}`
    }
    case 'account': {
      const { subject, tenant, op, offset } = revocation
      return `${subject.sub} of ${tenant}: account ${op}, everything below ${offset}`
    }
    case 'value':
      return `${revocation.tenant}: a value of ${revocation.claim} below ${revocation.offset}`
    case 'tenant':
    case 'client':
      return `${revocation.scope} ${revocation.target}: everything below ${revocation.offset}`
    case 'denial':
      return `${revocation.denial} ${revocation.target}: denied`
  }
}

/** A record as data: the SET as it stands in the topic, and its place. */
export function recordJson({ kind, record }: TailedRecord): object {
  const { partition, offset, appendedAtMs, value } = record
  return {
    kind,
    partition,
    offset: String(offset),
    appendedAt: new Date(appendedAtMs).toISOString(),
    record: jsonOf(value),
  }
}

function jsonOf(value: Uint8Array | null): unknown {
  try {
    return value === null ? null : JSON.parse(Buffer.from(value).toString('utf8'))
  } catch {
    return null
  }
}
