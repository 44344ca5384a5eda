import type { LatencyAnswer, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Spark } from '../parts/spark.tsx'
import { Answered } from '../parts/answered.tsx'
import { completeStage, promiseInWords, speedInWords, trendOf } from './speed.ts'

interface Props {
  readonly latency: Answer<LatencyAnswer>
  readonly status: Answer<Status>
  /** `false`: revocations do not reach every edge now, and the figures are of before. */
  readonly isFresh: boolean
}

/** The one figure: how fast the revocations of the last hour were, their trend, and the promise beside it. */
export function SpeedLine({ latency, status, isFresh }: Props): JSX.Element {
  const promise = status.data && promiseInWords(status.data)
  return (
    <Answered answer={latency} what="the latency">
      {(answered) => {
        const stage = completeStage(answered)
        if (stage === undefined) return null
        const words = speedInWords(stage)
        return (
          <p class="figures speed">
            <strong class={isFresh ? '' : 'quiet'}>{words}</strong>
            {promise !== undefined && <span class="quiet">{promise}</span>}
            {stage.changes > 0 && (
              <>
                <Spark
                  points={trendOf(answered, stage)}
                  label={`${words}, by time of the last hour`}
                />
                <span class="quiet">last hour</span>
              </>
            )}
          </p>
        )
      }}
    </Answered>
  )
}
