import type { JSX } from 'preact'
import { quoted } from '@freshet/insight/findings'
import { useCopy } from './use-copy.ts'

/** The same question, for a terminal. */
export interface Commands {
  /** Without the program: `edge ls`. */
  readonly cli?: string
  /** Path and query at the console. */
  readonly path: string
}

/** Copies what asks the same as this view in a terminal. */
export function CopyAs({ cli, path }: Commands): JSX.Element {
  const curl = `curl -H "authorization: Bearer $FRESHET_TOKEN" ${quoted(location.origin + path)}`
  return (
    <span class="copy-as">
      {cli !== undefined && <CopyButton name="CLI" text={`freshet ${cli}`} />}
      <CopyButton name="curl" text={curl} />
    </span>
  )
}

function CopyButton({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const [outcome, copy] = useCopy(text)
  return (
    <button type="button" class="small" title={text} onClick={copy} aria-live="polite">
      {outcome === undefined && `Copy as ${name}`}
      {outcome === 'copied' && 'Copied'}
      {outcome === 'refused' && 'Copying is not allowed'}
    </button>
  )
}
