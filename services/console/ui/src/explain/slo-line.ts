import type { SlosAnswer } from '@freshet/insight/answers'
import { useAnswer } from '../api/use-answer.ts'

/** The tightest objective for changes of a class; `undefined` where none is measured. */
export function useSloLine(className: string | null): { readonly thresholdMs: number } | undefined {
  const { data } = useAnswer<SlosAnswer>(className === null ? null : '/v1/slos')
  const thresholds = (data?.items ?? []).flatMap((slo) =>
    slo.sli === 'change-complete' && slo.class === className && slo.thresholdMs !== null
      ? [slo.thresholdMs]
      : [],
  )
  return thresholds.length === 0 ? undefined : { thresholdMs: Math.min(...thresholds) }
}
