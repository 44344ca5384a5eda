/**
 * The chains of the audit. Each chain is sealed, kept and pruned by itself. Mints and decisions come
 * thousands of times a second. Orders of people come a few times a day and are kept far longer.
 */
export type AuditStream = 'control' | 'tokens'

/** Every chain. */
export const AUDIT_STREAMS: readonly AuditStream[] = ['control', 'tokens']

/** The kind of event that an entry records. */
export type AuditKind =
  /** A token was recorded, and possibly released; `ref` is its id. */
  | 'token-issued'
  /** The recheck found the token stale: it provably was not released. */
  | 'token-withheld'
  /** The authority decided about a high-risk request; `ref` is the id of the token. */
  | 'access-decided'
  /** An operator ordered a cut-off or denial; written before it is carried out. */
  | 'cut-off-ordered'
  /** A cut-off, denial or withdrawn value took effect; `ref` is the id of the change. */
  | 'cut-off-applied'
  /** An admin opened or closed a route (break-glass); written before it is carried out. */
  | 'opening-ordered'
  /** An opening or closing took effect; `ref` is the id of the change. */
  | 'opening-applied'
  /** An operator settled a doubt; written before it is carried out. */
  | 'doubt-clear-ordered'
  /** That doubt is settled; `ref` is the id of the change. */
  | 'doubt-cleared'
  /** An authentic source sent a change that it is not allowed to send; `ref` is the id of the change. */
  | 'change-refused'
  /** A policy version was stored; `ref` is its number, here and in the next two. */
  | 'policy-published'
  | 'policy-ordered'
  /** A partition switched to the version. */
  | 'policy-activated'
  /** A source sent no heartbeat within its lease, and sends again; `ref` is its id. */
  | 'source-silent'
  | 'source-heard'
  /** An operator acted on a record in quarantine; `ref` names the record. */
  | 'quarantine-replayed'
  | 'quarantine-dropped'
  | 'quarantine-settled'
  /** A subject was erased; `ref` names the erasure, and no member names the subject. */
  | 'subject-erased'
  /** An admin opened or ended a session of the console; `ref` is the admin's name. */
  | 'admin-logged-in'
  | 'admin-logged-out'
  /**
   * A request had a wrong admin token; `ref` and `by` are the address, which is not always that of a person.
   */
  | 'admin-refused'

const STREAM_OF: Readonly<Record<AuditKind, AuditStream>> = {
  'token-issued': 'tokens',
  'token-withheld': 'tokens',
  'access-decided': 'tokens',
  'cut-off-ordered': 'control',
  'cut-off-applied': 'control',
  'opening-ordered': 'control',
  'opening-applied': 'control',
  'doubt-clear-ordered': 'control',
  'doubt-cleared': 'control',
  'change-refused': 'control',
  'policy-published': 'control',
  'policy-ordered': 'control',
  'policy-activated': 'control',
  'source-silent': 'control',
  'source-heard': 'control',
  'quarantine-replayed': 'control',
  'quarantine-dropped': 'control',
  'quarantine-settled': 'control',
  'subject-erased': 'control',
  'admin-logged-in': 'control',
  'admin-logged-out': 'control',
  'admin-refused': 'control',
}

/** Every kind, sorted. */
export const AUDIT_KINDS: readonly AuditKind[] = (Object.keys(STREAM_OF) as AuditKind[]).toSorted()

/** Returns the chain that holds entries of this kind. */
export function auditStreamOf(kind: AuditKind): AuditStream {
  return STREAM_OF[kind]
}
