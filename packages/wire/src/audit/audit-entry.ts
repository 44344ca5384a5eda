import * as z from 'zod'
import { AUDIT_KINDS, type AuditKind } from './audit-kinds.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { time } from '../json/wire-types.ts'

/** A fact of an entry. It is never a value of a claim, a token or the name of a subject. */
export type AuditFact = string | number | boolean | null

/**
 * An event that the audit keeps permanently.
 *
 * It never names a subject. It refers by `ref` to the record that does, such as an issuance or a change. If
 * that record must not change unseen, the entry has a digest of it. The salt of the digest is stored beside
 * the record and is deleted with it. So an erased subject leaves the chain intact, and the chain reveals
 * nothing about the subject.
 */
export interface AuditEntry {
  readonly kind: AuditKind
  readonly atMs: number
  /** `*` for an event that concerns every tenant. */
  readonly tenant: string
  /** The object of the entry, by the name that other records have for it. */
  readonly ref: string
  /** The actor: an admin's name, a client, a source, or a service that acted on its own. */
  readonly by: string
  readonly detail: Readonly<Record<string, AuditFact>>
}

const schema = z.object({
  kind: z.enum(AUDIT_KINDS),
  at: time,
  tenant: z.string(),
  ref: z.string(),
  by: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})

/** Returns the text that is stored and hashed, and never encoded again. */
export function encodeAuditEntry({ kind, atMs, tenant, ref, by, detail }: AuditEntry): string {
  return JSON.stringify({ kind, at: formatRfc3339(atMs), tenant, ref, by, detail })
}

/** Reads a stored text. Returns `undefined` if it is no entry of this build. */
export function decodeAuditEntry(text: string): AuditEntry | undefined {
  const { data } = schema.safeParse(jsonOf(text))
  const atMs = data && parseRfc3339(data.at)
  if (data === undefined || atMs === undefined) return undefined
  const { kind, tenant, ref, by, detail } = data
  return { kind, atMs, tenant, ref, by, detail }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Appends entries that belong to no other write. A change of the database writes its entry in its own
 * transaction instead.
 *
 * The entries are durable when the promise resolves. No caller reports the event before that.
 *
 * @throws `database.*`; the outcome is then unknown, and an entry can exist twice
 */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}
