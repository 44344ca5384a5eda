import type { ChangesAnswer, LiveChange, LiveGap, TimelineJson } from '@freshet/insight/answers'
import { useEffect, useRef, useState } from 'preact/hooks'
import { msBetween, readClocks } from '../age/clocks.ts'
import { useIsOld } from '../age/use-age.ts'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { withChange } from './flow.ts'
import { isSilentFor } from './silence.ts'
import { useLastEvent } from './stream-state.tsx'
import { listen, lastStreamEvent } from './stream.ts'

/** The latest changes. */
export interface Flow {
  readonly rows: readonly LiveChange[]
  readonly isPaused: boolean
  /** Changes that came while it was paused. */
  readonly held: number
  readonly pause: () => void
  /** Something was left out; the rows were asked for anew. */
  readonly gap: string | undefined
  readonly answer: Answer<ChangesAnswer>
}

/** While the stream is silent, the changes are asked for this often. */
const AGAIN_MS = 5_000

/** The latest changes, and each as it happens. Paused, it goes on listening and holds back. */
export function useFlow(): Flow {
  const answer = useAnswer<ChangesAnswer>('/v1/changes', 'once')
  const { again } = answer
  const streamAt = useLastEvent()
  const isStreamLate = streamAt === undefined || streamAt.steadyMs < (answer.at?.steadyMs ?? 0)
  const isOld = useIsOld(isStreamLate ? answer.at : streamAt)
  const [rows, setRows] = useState<readonly LiveChange[]>([])
  const [isPaused, setPaused] = useState(false)
  const [gap, setGap] = useState<string>()
  const [held, setHeld] = useState<readonly LiveChange[]>([])
  const paused = useRef(false)
  paused.current = isPaused

  useEffect(() => {
    const loaded = answer.data?.items.map(asLive) ?? []
    // Events that the stream sent in the meantime stay.
    setRows((before) => loaded.toReversed().reduce(withChange, before))
  }, [answer.data])
  useEffect(
    () =>
      listen('change', (change: LiveChange) => {
        if (paused.current) setHeld((before) => withChange(before, change))
        else setRows((before) => withChange(before, change))
      }),
    [],
  )
  useEffect(
    () =>
      listen('gap', ({ reason }: LiveGap) => {
        // Every stream begins this way: events during its opening were not sent.
        if (reason !== 'begun') setGap(reason)
        again()
      }),
    [],
  )
  useEffect(() => {
    const timer = setInterval(() => {
      if (isStreamSilent() && !document.hidden && !paused.current) again()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [again])
  const pause = (): void => {
    if (isPaused) setRows((before) => held.toReversed().reduce(withChange, before))
    setHeld([])
    setPaused(!isPaused)
  }
  return { rows, isPaused, held: held.length, pause, gap, answer: { ...answer, isOld } }
}

/** A browser opens six connections to a console, so the stream of a further tab never begins. */
function isStreamSilent(): boolean {
  const at = lastStreamEvent()
  return at === undefined || isSilentFor(msBetween(at, readClocks()))
}

function asLive(timeline: TimelineJson): LiveChange {
  const awaited = timeline.edges.filter(
    ({ standing }) => standing !== 'disconnected' && standing !== 'closed',
  )
  const applied = awaited.filter(({ appliedAt }) => appliedAt !== null).length
  return { ...timeline, at: timeline.recordedAt, edges: { applied, awaited: awaited.length } }
}
