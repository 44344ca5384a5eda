import type { JSX } from 'preact'
import { Glyph } from '../parts/glyph.tsx'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

/** Opens the palette. */
export function SearchButton({ open }: { readonly open: () => void }): JSX.Element {
  return (
    <button type="button" class="search" onClick={open} aria-keyshortcuts="Control+K Meta+K">
      <Glyph name="search" />
      <span>Search</span>
      <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
    </button>
  )
}
