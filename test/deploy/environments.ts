import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readDatabaseSettings } from '@freshet/runtime'
import { readKafkaSettings } from '@freshet/kafka/environment'
import { authorityConfig } from '../../services/authority/src/config.ts'
import { connectConfig, databaseConfig } from '../../services/connect/src/config.ts'
import { consoleConfig } from '../../services/console/src/config.ts'
import { gatewayConfig } from '../../services/gateway/src/config.ts'
import { reconcilerConfig } from '../../services/reconciler/src/config.ts'
import { sidecarConfig } from '../../services/sidecar/src/config.ts'
import { readPage, rowsOf } from '../docs/pages.ts'
import type { KubernetesObject } from './chart.ts'
import type { PodContainer, PodSpec } from './pods.ts'

/** The environment of a process. */
export type Environment = Readonly<Record<string, string>>

/** The reader of the environment of each process, by the name of its workload. */
export const READERS: Readonly<Record<string, (env: Environment) => unknown>> = {
  gateway: gatewayConfig,
  reconciler: reconcilerConfig,
  authority: authorityConfig,
  console: consoleConfig,
  sidecar: sidecarConfig,
  connect: (env) => [connectConfig(env), databaseConfig(env)],
  migrate: readDatabaseSettings,
  topics: readKafkaSettings,
}

const { text: page } = readPage('docs/configuration.md')

/** Returns the section of docs/configuration.md about a service. */
export function serviceSection(heading: string): string {
  const [, rest = ''] = page.split(`\n## ${heading}\n`)
  return rest.split('\n## ')[0] ?? ''
}

/** Returns the names of variables in a cell of a table. */
export function variablesIn(cell = ''): readonly string[] {
  return cell.match(/[A-Z][A-Z0-9_]+/g) ?? []
}

/** Returns the variables of a service by docs/configuration.md, with those of every service. A secret has a file too. */
export function documentedFor(service: string): ReadonlySet<string> {
  const own = rowsOf(serviceSection(service), /^`[A-Z_]+`$/).flatMap(([cell, form = '']) =>
    variablesIn(cell).flatMap((name) =>
      form.startsWith('secret') ? [name, `${name}_FILE`] : name,
    ),
  )
  const others = rowsOf(serviceSection('Other variables'), /^`/)
  const shared = others.filter(([, by = '']) =>
    ['every service', `\`freshet serve ${service}\``].includes(by),
  )
  return new Set([...own, ...shared.flatMap(([cell]) => variablesIn(cell))])
}

/** The files of secrets and config maps: by the name of the object, then by key. */
export type MountedFiles = ReadonlyMap<string, Readonly<Record<string, string>>>

/** Returns the files of the objects in a manifest. */
export function filesOf(objects: readonly KubernetesObject[]): MountedFiles {
  const decoded = (kind: string, text: string): string =>
    kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text
  return new Map(
    objects
      .filter(({ kind }) => ['Secret', 'ConfigMap'].includes(kind))
      .map(({ kind, metadata, data = {} }) => [
        metadata.name,
        Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decoded(kind, text)])),
      ]),
  )
}

/** The mode of a mounted file without `defaultMode`. */
const DEFAULT_MODE = 0o644

/**
 * Writes the files that a container mounts below a folder, as if the folder were its root, with their modes.
 *
 * @throws for a volume whose object is unknown
 */
export async function mountFiles(
  root: string,
  pod: PodSpec,
  container: PodContainer,
  files: MountedFiles,
): Promise<void> {
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = pod.volumes?.find((each) => each.name === name)
    if (volume?.emptyDir) continue
    const object = volume?.secret?.secretName ?? volume?.configMap?.name ?? name
    const content = files.get(object)
    if (content === undefined)
      throw new Error(`${container.name} mounts ${object}, which no one makes.`)
    for (const [key, text] of Object.entries(content)) {
      const path = join(root, mountPath, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      await chmod(path, volume?.secret?.defaultMode ?? DEFAULT_MODE)
    }
  }
}

/** A part of a value that is a path in a container. */
const PATH = /\/etc\/freshet\/[\w./-]+/g

/** Returns the environment of a container whose root is a folder, with a name of a pod. */
export function environmentIn(root: string, { env = [] }: PodContainer): Environment {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.fieldRef ? 'pod-0' : (value ?? '').replaceAll(PATH, (path) => join(root, path)),
    ]),
  )
}

/** Returns the files and folders that an environment names and that do not exist. */
export async function missingFiles(root: string, env: Environment): Promise<readonly string[]> {
  const paths = Object.values(env).flatMap((value) => value.split(/[:,]/))
  const named = paths.filter((each) => each.startsWith(root))
  const checked = await Promise.all(
    named.map((path) =>
      access(path).then(
        () => [],
        () => [path.slice(root.length)],
      ),
    ),
  )
  return checked.flat()
}
