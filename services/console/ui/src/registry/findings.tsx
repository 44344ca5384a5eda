import type { RegistryAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Icon } from '../parts/icon.tsx'

/** The findings of lint about the active registry. */
export function Findings({ findings }: Pick<RegistryAnswer, 'findings'>): JSX.Element {
  if (findings.length === 0) {
    return (
      <p class="note ok">
        <Icon tone="ok" />
        Lint found no problem.
      </p>
    )
  }
  return (
    <section class="card">
      <h2>Lint</h2>
      <ul class="findings">
        {findings.map(({ code, severity, place, message }) => (
          <li key={`${code} ${place}`} class={severity === 'error' ? 'bad' : 'warn'}>
            <Icon tone={severity === 'error' ? 'bad' : 'warn'} />
            <span>
              <code>{place}</code> {message} <span class="quiet">{code}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
