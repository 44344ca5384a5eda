import type { BurnWindow, Sli, SloAlert } from '@freshet/protocol/slo'

interface Named<Kind extends string> {
  readonly apiVersion: 'openslo/v1'
  readonly kind: Kind
  readonly metadata: { readonly name: string; readonly displayName?: string | undefined }
}

/** A document that others refer to by its name. */
export interface ReferredDocument extends Named<
  'Service' | 'DataSource' | 'AlertNotificationTarget'
> {
  readonly spec: { readonly description: string }
}

/** The condition of an alert about burnt budget. */
export interface AlertPolicyDocument extends Named<'AlertPolicy'> {
  readonly spec: {
    readonly conditions: readonly [{ readonly spec: AlertCondition }]
    readonly notificationTargets: readonly { readonly targetRef: string }[]
  }
}

interface AlertCondition {
  readonly severity: SloAlert
  readonly condition: {
    readonly threshold: number
    readonly lookbackWindow: BurnWindow
    readonly alertAfter: BurnWindow
  }
}

/** The objective itself. */
export interface SloDocument extends Named<'SLO'> {
  readonly metadata: Named<'SLO'>['metadata'] & {
    readonly annotations: {
      readonly 'freshet.dev/sli': Sli
      readonly 'freshet.dev/class'?: string | undefined
      readonly 'freshet.dev/threshold'?: string | undefined
    }
  }
  readonly spec: {
    readonly description: string
    readonly service: string
    readonly indicator: { readonly spec: { readonly ratioMetric: RatioMetric } }
    readonly timeWindow: readonly [{ readonly duration: string }]
    readonly objectives: readonly [{ readonly target: number }]
    readonly alertPolicies: readonly { readonly alertPolicyRef: string }[]
  }
}

interface RatioMetric {
  readonly counter: boolean
  readonly good?: MetricSource | undefined
  readonly bad?: MetricSource | undefined
  readonly total: MetricSource
}

interface MetricSource {
  readonly metricSource: {
    readonly metricSourceRef: string
    readonly spec: { readonly query: string }
  }
}

/** Any document of the file, as far as it is used. */
export type SloFileDocument = ReferredDocument | AlertPolicyDocument | SloDocument
