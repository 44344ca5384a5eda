import type { JSX } from 'preact'

/** The answer as it came. */
export function RawJson({ value }: { readonly value: object }): JSX.Element {
  return (
    <details>
      <summary>JSON</summary>
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </details>
  )
}
