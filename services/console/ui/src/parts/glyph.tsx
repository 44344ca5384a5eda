import type { JSX } from 'preact'

/** A sign without a state. The control around it has the name. */
export type GlyphName = 'auto' | 'light' | 'dark' | 'copy' | 'done' | 'search'

const SHAPES: Readonly<Record<GlyphName, JSX.Element>> = {
  auto: <path d="M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12" />,
  light: (
    <path d="M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13" />
  ),
  dark: <path d="M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z" />,
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  done: <path d="M3 8.5l3.2 3.2L13 4.8" />,
  search: <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3L14 14" />,
}

/** Draws a sign in the colour of the text. */
export function Glyph({ name }: { readonly name: GlyphName }): JSX.Element {
  return (
    <svg class={`icon glyph ${name}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  )
}
