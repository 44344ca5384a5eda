import type { JSX } from 'preact'
import { Icon } from '../parts/icon.tsx'
import { countsOf, type Counted } from './counts.ts'

interface Props extends Counted {
  /** One of the answers is old. */
  readonly isOld: boolean
}

/** The counts, each the way to its page. */
export function CountsLine({ isOld, ...counted }: Props): JSX.Element {
  return (
    <ul class={`figures counted ${isOld ? 'outdated' : ''}`}>
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
