import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { runTool, type ToolRun } from './tools.ts'

/** The root of the repository. */
const ROOT = join(import.meta.dirname, '../..')

/** The chart. */
export const CHART: string = join(ROOT, 'infra/helm/freshet')

const VALUES = join(ROOT, 'infra/helm/values')

/** The names of the value files that the repository has. */
export const VALUE_FILES: readonly string[] = readdirSync(VALUES).toSorted()

/** The path of a value file. */
export const valuesOf = (file: string): string => join(VALUES, file)

/** An object of Kubernetes. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  // The forms differ by kind; each test reads those of its own.
  readonly spec?: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, string>>
}

/** Runs `helm template` with a value file and further arguments. */
export function templateRun(file: string, args: readonly string[] = []): ToolRun {
  const named = ['--namespace', 'freshet', '--values', valuesOf(file), ...args]
  return runTool('helm', ['template', 'freshet', CHART, ...named])
}

/** Returns the objects of the chart with a value file. @throws if helm refuses it */
export function renderedChart(
  file: string,
  args: readonly string[] = [],
): readonly KubernetesObject[] {
  const { code, out, err } = templateRun(file, args)
  if (code !== 0) throw new Error(err)
  return objectsIn(out)
}

/** Returns the objects of a text, without its empty documents. @throws for a text that is not YAML */
export function objectsIn(text: string): readonly KubernetesObject[] {
  const documents = parseAllDocuments(text)
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error) throw error
    return (document.toJS() as KubernetesObject | null) ?? []
  })
}

/** Returns the objects of one kind. */
export function ofKind(
  objects: readonly KubernetesObject[],
  kind: string,
): readonly KubernetesObject[] {
  return objects.filter((each) => each.kind === kind)
}

/** Returns the specification of an object, empty for one without. */
export function specOf({ spec = {} }: KubernetesObject): Readonly<Record<string, unknown>> {
  return spec
}

/** Returns the component of an object of the chart. */
export function componentOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.['app.kubernetes.io/component'] ?? ''
}
