import type { RefusedJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Id } from '../copy/id.tsx'
import { Time } from '../parts/time.tsx'
import { countOf } from '../parts/words.ts'

interface Props {
  /** Those with the most requests first. */
  readonly routes: readonly RefusedJson[]
  /** The list has every route and its commands. Otherwise only the first route is named. */
  readonly isWhole: boolean
}

/** The routes that refuse requests now, with the commands that open exactly one of them. */
export function Refused({ routes, isWhole }: Props): JSX.Element | null {
  const [first, ...others] = routes
  if (first === undefined) return null
  if (isWhole)
    return (
      <ul class="causes">
        {routes.map((each) => (
          <RefusedRoute key={`${each.tenant} ${each.audience} ${each.route}`} refused={each} />
        ))}
      </ul>
    )
  return (
    <p>
      <a href="/">
        <Where refused={first} />
      </a>
      {others.length > 0 && ` and ${countOf(others.length, 'other route')}`}
    </p>
  )
}

function Where({ refused }: { readonly refused: RefusedJson }): JSX.Element {
  const { audience, route, perSecond } = refused
  return (
    <>
      Refused now: {route} of {audience}, {perSecond} requests/s
    </>
  )
}

function RefusedRoute({ refused }: { readonly refused: RefusedJson }): JSX.Element {
  const { tenant, since, claims, open, closed } = refused
  return (
    <li class="cause refused">
      <p>
        <strong>
          <Where refused={refused} />
        </strong>
        , since <Time at={since} isClock /> (<Time at={since} />)
      </p>
      <dl>
        <dt>Why</dt>
        <dd>
          {claims.join(', ')} of {tenant} {claims.length === 1 ? 'is' : 'are'} unverified
        </dd>
        {open.map((command) => (
          <OpenCommand key={command} command={command} />
        ))}
        {closed !== null && (
          <>
            <dt>Open</dt>
            <dd>No command opens it: {closed}.</dd>
          </>
        )}
      </dl>
    </li>
  )
}

/** The command that only checks comes first. */
function OpenCommand({ command }: { readonly command: string }): JSX.Element {
  return (
    <>
      <dt>Check</dt>
      <dd>
        <code>
          <Id id={`${command} --dry-run`} />
        </code>
      </dd>
      <dt>Open</dt>
      <dd>
        <code>
          <Id id={command} />
        </code>
      </dd>
    </>
  )
}
