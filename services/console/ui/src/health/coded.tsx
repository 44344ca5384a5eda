import type { JSX } from 'preact'
import { Id } from '../copy/id.tsx'

/** A sentence whose parts between backticks are commands, each to be copied. */
export function Coded({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split('`').map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <code key={part}>
            <Id id={part} />
          </code>
        ),
      )}
    </>
  )
}
