import type { JSX } from 'preact'
import { Icon, type Tone } from './icon.tsx'
import { toneOf } from './tones.ts'

/** A state: colour, sign and text. */
export function Badge({
  word,
  tone = toneOf(word),
}: {
  readonly word: string
  readonly tone?: Tone
}): JSX.Element {
  return (
    <span class={`badge ${tone}`}>
      <Icon tone={tone} />
      {word.replaceAll('-', ' ')}
    </span>
  )
}
