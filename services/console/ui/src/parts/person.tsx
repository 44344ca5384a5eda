import type { SubjectJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'

/** The subject of a record; masked for a viewer, with a note. */
export function Person({ subject }: { readonly subject: SubjectJson | null }): JSX.Element {
  if (subject === null) return <span class="quiet">many subjects</span>
  if (subject.sub === null) return <span class="quiet">masked: shown to operators</span>
  return <span title={subject.iss}>{subject.sub}</span>
}
