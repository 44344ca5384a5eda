import type { JSX } from 'preact'
import { Glyph } from '../parts/glyph.tsx'
import { useCopy } from './use-copy.ts'

interface Props {
  readonly id: string
  /** The page that shows more of it. */
  readonly href?: string
}

/** An id that can be copied whole, however little of it is shown. */
export function Id({ id, href }: Props): JSX.Element {
  const [outcome, copy] = useCopy(id)
  return (
    <span class="id">
      {href === undefined ? (
        <span class="name" title={id}>
          {id}
        </span>
      ) : (
        <a class="name" title={id} href={href}>
          {id}
        </a>
      )}
      <button type="button" class="plain copy" onClick={copy} aria-label={`Copy ${id}`}>
        <Glyph name={outcome === 'copied' ? 'done' : 'copy'} />
      </button>
      <span class="hidden" role="status">
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'Copying is not allowed'}
      </span>
    </span>
  )
}
