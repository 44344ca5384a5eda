import type { Subject } from '@freshet/answers'
import type { JSX } from 'preact'

/** Whom a record is about; masked for a viewer, and said so. */
export function Person({ subject }: { readonly subject: Subject | null }): JSX.Element {
  if (subject === null) return <span class="quiet">many subjects</span>
  if (subject.sub === null) return <span class="quiet">masked: shown to operators</span>
  return <span title={subject.iss}>{subject.sub}</span>
}
