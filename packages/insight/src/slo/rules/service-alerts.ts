import { ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'

/** The services that an installation runs in any case; edges can also be in the code of a service. */
const REQUIRED = ['gateway', 'reconciler', 'authority', 'console'] as const
const SERVICES = [...REQUIRED, 'sidecar'] as const

/** Selects every process of Freshet. */
export const UP_OF_ANY: string = upOf(`(${SERVICES.join('|')})`)
const DOWN = `max by (cluster, job) (${UP_OF_ANY}) == 0`

/** About the processes of the services, by their scrapes. */
export const SERVICE_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.serviceDown,
    expr: named(DOWN),
    for: '30s',
    description:
      'No instance of {{ $labels.service }} answers Prometheus. `freshet status` shows the effect.',
    panel: ['pipeline', 'Instances that answer'],
  },
  {
    ...ALERTS.instanceDown,
    expr: named(`${UP_OF_ANY} == 0 unless on (cluster, job) ${DOWN}`),
    for: '2m',
    description:
      '{{ $labels.instance }} of {{ $labels.service }} does not answer Prometheus; other instances do.',
    panel: ['pipeline', 'Instances that answer'],
  },
  ...REQUIRED.map((service): Alert => ({
    ...ALERTS.serviceAbsent,
    expr: absenceOf(service),
    for: '5m',
    labels: { service },
    description: `Prometheus has no target of ${service}: it is not installed, not found, or its job has another name.`,
    panel: ['pipeline', 'Instances that answer'],
  })),
]

/** The chart and the compose file name the jobs so, whatever the release is named. */
function upOf(service: string): string {
  return `up{job=~"(.+-)?freshet(-.+)?-${service}"}`
}

/** Adds the name of the service, which is the last part of its job. */
function named(expression: string): string {
  return `label_replace(${expression}, "service", "$1", "job", ".+-(.+)")`
}

/** Also finds the cluster that lacks the service while another one has it. */
function absenceOf(service: string): string {
  const clusters = `group by (cluster) (${UP_OF_ANY})`
  return `(${clusters} unless group by (cluster) (${upOf(service)}))\nor\nabsent(${UP_OF_ANY})`
}
