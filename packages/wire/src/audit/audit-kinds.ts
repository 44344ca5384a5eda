/**
 * The chains of the audit. Each chain is sealed, kept and pruned by itself. Mints and decisions come
 * thousands of times a second. Orders of people come a few times a day and are kept far longer.
 */
export type AuditStream = (typeof AUDIT_STREAMS)[number]

/** Every chain. */
export const AUDIT_STREAMS = ['control', 'tokens'] as const

/** The chain of each kind of event that an entry can record. */
const STREAM_OF = {
  /** A token was recorded, and possibly released; `ref` is its id. */
  'token-issued': 'tokens',
  /** The recheck found the token stale: it provably was not released. */
  'token-withheld': 'tokens',
  /** The authority decided about a high-risk request; `ref` is the id of the token. */
  'access-decided': 'tokens',
  /** An operator ordered a cut-off or denial; written before it is carried out. */
  'cut-off-ordered': 'control',
  /** A cut-off, denial or withdrawn value took effect; `ref` is the id of the change. */
  'cut-off-applied': 'control',
  /** An admin opened or closed a route (break-glass); written before it is carried out. */
  'opening-ordered': 'control',
  /** A grant or its closing took effect; `ref` is the id of the change. */
  'opening-applied': 'control',
  /** An operator settled a doubt; written before it is carried out. */
  'doubt-clear-ordered': 'control',
  /** That doubt is settled; `ref` is the id of the change. */
  'doubt-cleared': 'control',
  /** An authentic source sent a change that it is not allowed to send; `ref` is the id of the change. */
  'change-refused': 'control',
  /** A policy version was stored; `ref` is its number, here and in the next two. */
  'policy-published': 'control',
  'policy-ordered': 'control',
  /** A partition switched to the version. */
  'policy-activated': 'control',
  /** A source sent no heartbeat within its lease, and sends again; `ref` is its id. */
  'source-silent': 'control',
  'source-heard': 'control',
  /** An operator acted on a record in quarantine; `ref` names the record. */
  'quarantine-replayed': 'control',
  'quarantine-dropped': 'control',
  'quarantine-settled': 'control',
  /** A subject was erased; `ref` names the erasure, and no member names the subject. */
  'subject-erased': 'control',
  /**
   * An admin read claim values of a subject, what would be minted for it, or the payload of a quarantined record; written
   * before the answer. `ref` is a digest of the subject's key, or `*` for many subjects or an unknown one.
   */
  'subject-read': 'control',
  /** An admin opened or ended a session of the console; `ref` is the admin's name. */
  'admin-logged-in': 'control',
  'admin-logged-out': 'control',
  /**
   * Requests had wrong admin tokens, as many as `count`; `ref` and `by` are the address, which is not always that of a
   * person.
   */
  'admin-refused': 'control',
  /** Requests had wrong credentials of a client; `ref` is the client, or the address if no client has the claimed name. */
  'client-refused': 'control',
} as const satisfies Readonly<Record<string, AuditStream>>

/** The kind of event that an entry records. */
export type AuditKind = keyof typeof STREAM_OF

/** Every kind, sorted. */
export const AUDIT_KINDS: readonly AuditKind[] = (Object.keys(STREAM_OF) as AuditKind[]).toSorted()

/** The kinds of what an admin only read. */
export const AUDIT_READS: readonly AuditKind[] = ['subject-read']

/** Returns the chain that holds entries of this kind. */
export function auditStreamOf(kind: AuditKind): AuditStream {
  return STREAM_OF[kind]
}
