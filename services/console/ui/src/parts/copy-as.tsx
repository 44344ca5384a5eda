import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { quoted } from './quoted.ts'

/** The same question, for a terminal. */
export interface Commands {
  /** Without the program: `edge ls`. */
  readonly cli?: string
  /** Path and query at the console. */
  readonly path: string
}

const SHOWN_MS = 2_000

/** Copies what asks the same as this view in a terminal. */
export function CopyAs({ cli, path }: Commands): JSX.Element {
  const curl = `curl -H "authorization: Bearer $FRESHET_TOKEN" ${quoted(location.origin + path)}`
  return (
    <span class="copy-as">
      {cli !== undefined && <CopyButton name="CLI" text={`npx freshet ${cli}`} />}
      <CopyButton name="curl" text={curl} />
    </span>
  )
}

function CopyButton({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const [said, setSaid] = useState<string>()
  const copy = async (): Promise<void> => {
    const done = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Copying is not allowed',
    )
    setSaid(done)
    setTimeout(() => setSaid(undefined), SHOWN_MS)
  }
  return (
    <button type="button" class="small" title={text} onClick={() => void copy()} aria-live="polite">
      {said ?? `Copy as ${name}`}
    </button>
  )
}
