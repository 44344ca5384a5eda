import type { JSX } from 'preact'

/** The tone of a state. `none`: nothing is known, which is never good news. */
export type Tone = 'ok' | 'warn' | 'bad' | 'none' | 'idle'

/** Each tone has a shape of its own, because not every reader sees colours. */
const SHAPES: Readonly<Record<Tone, JSX.Element>> = {
  ok: <path d="M3 8.5l3.2 3.2L13 4.8" />,
  warn: <path d="M8 2.2L14.5 13.5H1.5zM8 6.5v3.2M8 11.6v.2" />,
  bad: <path d="M4 4l8 8M12 4l-8 8" />,
  none: <path d="M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.5M8 12v.2" />,
  idle: <path d="M4 8h8" />,
}

/** A small sign; the text beside it has the same meaning. */
export function Icon({ tone }: { readonly tone: Tone }): JSX.Element {
  return (
    <svg class={`icon ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  )
}
