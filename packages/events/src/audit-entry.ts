import * as z from 'zod'
import { AUDIT_KINDS, type AuditKind } from './audit-kinds.ts'
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts'
import { time } from './wire-types.ts'

/** A fact of an entry: no value of a claim, no token, no name of a subject. */
export type AuditFact = string | number | boolean | null

/**
 * Something that happened, as the audit keeps it for good.
 *
 * It never says who a subject is: it refers, by `ref`, to the record that does (issuance, change),
 * and where that must not be changed unseen it carries a digest of it, salted with what is stored
 * beside that record and goes with it. So whoever is erased there leaves this chain whole and silent.
 */
export interface AuditEntry {
  readonly kind: AuditKind
  readonly atMs: number
  /** `*` for what concerns every tenant. */
  readonly tenant: string
  /** What it is about, by the name that other records have for it. */
  readonly ref: string
  /** Who did it: an admin's name, a client, a source; a service where nobody asked it to. */
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

/** The text that is stored, hashed and never written anew. */
export function encodeAuditEntry({ kind, atMs, tenant, ref, by, detail }: AuditEntry): string {
  return JSON.stringify({ kind, at: formatRfc3339(atMs), tenant, ref, by, detail })
}

/** Reads a stored text; `undefined` where it is none of this build's. */
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
 * Writes entries that belong to nothing else that is written. What changes a database writes its
 * entry in the transaction of that change instead.
 *
 * When it resolves they are durable; what they tell of must not be told to anybody before.
 *
 * @throws `database.*`; the outcome is then unknown, and an entry may stand twice
 */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}
