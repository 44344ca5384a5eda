import { componentOf, specOf, type KubernetesObject } from './chart.ts'

/** One entry of `env`. */
export interface EnvironmentEntry {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } }
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string; readonly scheme?: string }
}

/** The parts of a container that the tests read. */
export interface PodContainer {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly EnvironmentEntry[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly?: boolean
  }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly restartPolicy?: string
}

/** The parts of a pod that the tests read. */
export interface PodSpec {
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly serviceAccountName?: string
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly containers: readonly PodContainer[]
  readonly initContainers?: readonly PodContainer[]
  readonly volumes?: readonly {
    readonly name: string
    readonly secret?: { readonly secretName: string; readonly defaultMode?: number }
    readonly configMap?: { readonly name: string }
    readonly emptyDir?: object
  }[]
}

/** A workload with its pod. */
export interface PodOwner {
  readonly component: string
  readonly object: KubernetesObject
  readonly labels: Readonly<Record<string, string>>
  readonly pod: PodSpec
}

/** Returns each Deployment and Job with its pod. */
export function podOwners(objects: readonly KubernetesObject[]): readonly PodOwner[] {
  return objects.flatMap((object) => {
    if (!['Deployment', 'Job'].includes(object.kind)) return []
    const template = specOf(object)['template'] as {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
    const { labels } = template.metadata
    return [{ component: componentOf(object), object, labels, pod: template.spec }]
  })
}

/** Returns the first container, which runs the product. */
export function mainContainer({ pod, component }: PodOwner): PodContainer {
  const [container] = pod.containers
  if (container === undefined) throw new Error(`${component} has no container.`)
  return container
}
