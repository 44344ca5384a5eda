/**
 * The chains of the audit. Each is sealed, kept and pruned by itself: what is minted and decided comes
 * thousands of times a second, what people order a few times a day and is kept far longer.
 */
export type AuditStream = 'control' | 'tokens'

/** Every chain. */
export const AUDIT_STREAMS: readonly AuditStream[] = ['control', 'tokens']

/** What an entry is about. */
export type AuditKind =
  /** A token was recorded, and may have left; `ref` is its id. */
  | 'token-issued'
  /** The look found it stale: it provably did not leave. */
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
  /** An authentic source said what is not its to say; `ref` is the id of the change. */
  | 'change-refused'
  /** A policy version was kept; `ref` is its number, here and in the next two. */
  | 'policy-published'
  | 'policy-ordered'
  /** A partition went over to the version. */
  | 'policy-activated'
  /** A source was not heard within its lease, and is heard again; `ref` is its id. */
  | 'source-silent'
  | 'source-heard'
  /** What was done with a record in quarantine; `ref` names the record. */
  | 'quarantine-replayed'
  | 'quarantine-dropped'
  | 'quarantine-settled'
  /** A subject was erased; `ref` names the erasure, and nothing names the subject. */
  | 'subject-erased'
  /** An admin opened or ended a session of the console; `ref` is the admin's name. */
  | 'admin-logged-in'
  | 'admin-logged-out'
  /** Somebody sent a wrong admin token; `ref` and `by` are the address, which need not be a person's. */
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

/** The chain in which an entry of this kind stands. */
export function auditStreamOf(kind: AuditKind): AuditStream {
  return STREAM_OF[kind]
}
