import type { JSX } from 'preact'
import { useCopy } from '../copy/use-copy.ts'
import { Glyph } from '../parts/glyph.tsx'

interface Props {
  readonly hash: string
  /** The name of the hash, for the label of the button. */
  readonly name: string
}

/** A hash behind a button: no person reads it, and a command compares it. */
export function CopyHash({ hash, name }: Props): JSX.Element {
  const [outcome, copy] = useCopy(hash)
  return (
    <span class="id">
      <button
        type="button"
        class="plain copy"
        onClick={copy}
        title={hash}
        aria-label={`Copy the hash of ${name}`}
      >
        <Glyph name={outcome === 'copied' ? 'done' : 'copy'} />
      </button>
      <span class="hidden" role="status">
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'Copying is not allowed'}
      </span>
    </span>
  )
}
