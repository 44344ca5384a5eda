/** The person or thing that a claim is about: one `iss_sub` identifier (RFC 9493 §3.2.3) within a tenant. */
export interface Subject {
  readonly tenant: string
  readonly iss: string
  readonly sub: string
}

/**
 * The canonical key of a subject: the JSON array `["tenant","iss","sub"]`. It is the record key on
 * the topics, decides the partition and names the subject in maps.
 */
export function subjectKey(subject: Subject): string {
  if (subject !== latest.subject) latest = { subject, key: keyOf(subject) }
  return latest.key
}

/** The end that the keys of all subjects with this `sub` have, and no other key. */
export function subjectKeyEnd(sub: string): string {
  return `,${JSON.stringify(sub)}]`
}

/** A caller that decides about a subject needs its key several times in a row. */
let latest: { readonly subject: Subject | undefined; readonly key: string } = {
  subject: undefined,
  key: '',
}

function keyOf({ tenant, iss, sub }: Subject): string {
  return JSON.stringify([tenant, iss, sub])
}
