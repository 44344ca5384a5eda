import type { JSX } from 'preact'
import { useStreamStatus } from '../live/stream-state.tsx'
import { Icon } from '../parts/icon.tsx'
import { timeOf } from '../parts/words.ts'
import { silentSinceMs } from './signs.ts'
import { useEachSecond } from './use-age.ts'

/** Shows that the console sends nothing, or that only the stream is lost. */
export function ConnectionNote(): JSX.Element {
  const status = useStreamStatus()
  const silentSince = useEachSecond(silentSinceMs)
  return <div role="alert">{status === 'lost' && <Lost since={silentSince} />}</div>
}

function Lost({ since }: { readonly since: number | undefined }): JSX.Element {
  return (
    <div class={`note ${since === undefined ? 'warn' : 'bad'}`}>
      <Icon tone={since === undefined ? 'warn' : 'bad'} />
      <div>
        <strong>
          {since === undefined
            ? 'The live stream is interrupted.'
            : `The console has sent nothing since ${timeOf(since)}.`}
        </strong>
        <p>
          {since === undefined
            ? 'The console still answers, so figures are a few seconds old. The page reconnects by itself.'
            : 'Every figure here is from before, and can be wrong now. The page tries again by itself.'}
        </p>
      </div>
    </div>
  )
}
