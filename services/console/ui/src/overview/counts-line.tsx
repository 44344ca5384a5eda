import type { JSX } from 'preact'
import { Icon } from '../parts/icon.tsx'
import { countsOf, type Counted } from './counts.ts'

/** The counts, each the way to its page. */
export function CountsLine(counted: Counted): JSX.Element {
  return (
    <ul class="figures counted">
      {countsOf(counted).map(({ name, text, tone, place }) => (
        <li key={name} class={tone}>
          <a href={place}>
            {tone !== 'ok' && <Icon tone={tone} />} {name} <strong>{text}</strong>
          </a>
        </li>
      ))}
    </ul>
  )
}
